import { BLAMES_LIMIT, DOUBLE_REFUSALS_LIMIT } from '../../core/domain/rotation.ts';
import type { LinkRotation } from './credential-sets.ts';

/** What this process' calls showed of one version, since the rotation began. */
export class VersionTally {
  readonly versionId: string;
  calls = 0;
  refused = 0;
  errors = 0;
  blames = 0;
  doubleRefusals = 0;
  unrepeatableFailures = 0;
  /** Calls that wait for their answer: the version is in use until it is there. */
  waiting = 0;
  /** Milliseconds since the epoch; 0: never. */
  lastUsedAt = 0;

  constructor(versionId: string) {
    this.versionId = versionId;
  }
}

/** One rotation as this process' calls see it. It outlives the snapshots that name it. */
export class RotationTally {
  readonly operationId: string;
  readonly organizationId: string;
  readonly fresh: VersionTally;
  readonly old: VersionTally;
  /** Something changed since it was last written. */
  isUnsaved = false;
  readonly #doubleRefusalsByAgent = new Map<string, number>();
  #due = 0;

  constructor(rotation: LinkRotation) {
    this.operationId = rotation.operation_id;
    this.organizationId = rotation.organizationId;
    this.fresh = new VersionTally(rotation.new_version_id);
    this.old = new VersionTally(rotation.old_version_id);
  }

  /** Refused so often where the old version was not that no call takes the new one again, whatever the phase. */
  get isBlamed(): boolean {
    return this.fresh.blames >= BLAMES_LIMIT;
  }

  /** Deals the canary's share out evenly. @returns whether this call is of it */
  isInShare(share: number): boolean {
    this.#due += share;
    // Ten times a tenth falls short of one by a rounding error.
    if (this.#due < 1 - 1e-9) return false;
    this.#due -= 1;
    return true;
  }

  noteDoubleRefusal(agentId: string): void {
    this.fresh.doubleRefusals += 1;
    this.#doubleRefusalsByAgent.set(agentId, (this.#doubleRefusalsByAgent.get(agentId) ?? 0) + 1);
  }

  /** An upstream whose 403s come whichever version is sent: repeating them shows nothing more. */
  repeatsForbidden(agentId: string): boolean {
    return (this.#doubleRefusalsByAgent.get(agentId) ?? 0) < DOUBLE_REFUSALS_LIMIT;
  }
}
