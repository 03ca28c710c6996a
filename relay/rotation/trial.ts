import type { RelayErrorCode } from '../relay-errors.ts';
import type { RouteRotation, TrialSet } from './credential-sets.ts';
import type { RotationTally, VersionTally } from './rotation-tally.ts';
import type { Rotations } from './rotations.ts';

/** A request as it was before credentials were put in. */
export interface PlainRequest {
  readonly headers: readonly string[];
  readonly query: string;
}

/**
 * One call's part in the rotations of its route: which versions it carries, whether it is repeated with the old ones,
 * and what its answers show.
 */
export class Trial {
  /** What the call carries at present. */
  set: TrialSet;
  readonly plain: PlainRequest;
  readonly #agentId: string;
  readonly #rotation: RouteRotation;
  readonly #rotations: Rotations;
  readonly #isRepeatable: boolean;
  /** The new versions that a first answer refused. */
  #refused: readonly RotationTally[] = [];
  /** The versions of a sending that waits for its answer. */
  #waiting: readonly VersionTally[] = [];

  constructor(
    rotations: Rotations,
    {
      agentId,
      rotation,
      isRepeatable,
      plain,
    }: { agentId: string; rotation: RouteRotation; isRepeatable: boolean; plain: PlainRequest },
  ) {
    this.#rotations = rotations;
    this.#agentId = agentId;
    this.#rotation = rotation;
    this.#isRepeatable = isRepeatable;
    this.plain = plain;
    const chosen = this.#isTried() ? rotation.trying : rotation.usual;
    this.set = this.#tallies(chosen).some(({ isBlamed }) => isBlamed) ? rotation.old : chosen;
  }

  /** @returns whether the call was sent with an old version because a new one was refused */
  get isRepeated(): boolean {
    return this.#refused.length > 0;
  }

  /** The call leaves for the upstream. */
  sent(): void {
    if (this.#waiting.length > 0) return;
    const fresh = this.set.fresh.map((rotation) => this.#rotations.tallyOf(rotation).fresh);
    const old = this.set.old.map((rotation) => this.#rotations.tallyOf(rotation).old);
    this.#waiting = [...fresh, ...old];
    const now = Date.now();
    for (const version of this.#waiting) {
      version.waiting += 1;
      version.lastUsedAt = now;
    }
  }

  /**
   * The upstream answered. A new version is to blame only where the old one was not refused with the same call.
   * @returns whether the call is to be repeated with the old versions, before the caller sees anything
   */
  answered(status: number): boolean {
    const isRefusal = status === 401 || status === 403;
    for (const version of this.#waiting) {
      version.calls += 1;
      if (isRefusal) version.refused += 1;
      if (status >= 500) version.errors += 1;
    }
    this.end();
    if (this.isRepeated) {
      this.#settle(isRefusal);
      return false;
    }
    const tallies = this.#tallies(this.set);
    if (!isRefusal || tallies.length === 0) return false;
    if (!this.#isRepeatable) {
      for (const { fresh } of tallies) fresh.unrepeatableFailures += 1;
      return false;
    }
    if (status === 403 && !tallies.some((tally) => tally.repeatsForbidden(this.#agentId))) return false;
    this.#refused = tallies;
    this.set = this.#rotation.old;
    return true;
  }

  /** The relay ended the call by itself; what failed on the upstream's side counts against the version. */
  failed(code: RelayErrorCode): void {
    if (code === 'upstream_unreachable' || code === 'upstream_timeout') {
      for (const version of this.#waiting) {
        version.calls += 1;
        version.errors += 1;
      }
    }
    this.end();
  }

  /**
   * No access token could be had with a new version: the call goes on with the old ones.
   * @returns whether there is something to go on with
   */
  goOnWithOld(): boolean {
    if (this.set.fresh.length === 0) return false;
    for (const tally of this.#tallies(this.set)) {
      tally.fresh.calls += 1;
      tally.fresh.errors += 1;
      tally.isUnsaved = true;
    }
    this.set = this.#rotation.old;
    return true;
  }

  /** Nothing is waited for any more. */
  end(): void {
    if (this.#waiting.length === 0) return;
    for (const version of this.#waiting) version.waiting -= 1;
    this.#waiting = [];
    for (const rotation of this.#rotation.all) this.#rotations.tallyOf(rotation).isUnsaved = true;
  }

  #isTried(): boolean {
    const { leader } = this.#rotation;
    if (!this.#isRepeatable) return false;
    return leader.phase !== 'canary' || this.#rotations.tallyOf(leader).isInShare(leader.share);
  }

  /** Refused with both: nobody's fault. Else the new version's; where two were tried, of both: going back is safe. */
  #settle(isRefusedAgain: boolean): void {
    for (const tally of this.#refused) {
      if (isRefusedAgain) {
        tally.noteDoubleRefusal(this.#agentId);
        continue;
      }
      tally.fresh.blames += 1;
      if (tally.isBlamed) this.#rotations.onBlamed();
    }
  }

  #tallies({ fresh }: TrialSet): RotationTally[] {
    return fresh.map((rotation) => this.#rotations.tallyOf(rotation));
  }
}
