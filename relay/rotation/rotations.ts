import type { LinkRotation } from './credential-sets.ts';
import { RotationTally } from './rotation-tally.ts';

/** The rotations that this process' calls take part in, by operation. */
export class Rotations {
  readonly #tallies = new Map<string, RotationTally>();
  /** Called when a new version was refused so often that its rotation should end soon. */
  onBlamed: () => void = () => {};

  get size(): number {
    return this.#tallies.size;
  }

  tallyOf(rotation: LinkRotation): RotationTally {
    let tally = this.#tallies.get(rotation.operation_id);
    if (tally === undefined) {
      tally = new RotationTally(rotation);
      this.#tallies.set(rotation.operation_id, tally);
    }
    return tally;
  }

  /** What there is to write: what changed, and what is in use. */
  takeUnsaved(): RotationTally[] {
    const unsaved = [...this.#tallies.values()].filter(
      (tally) => tally.isUnsaved || tally.fresh.waiting > 0 || tally.old.waiting > 0,
    );
    for (const tally of unsaved) tally.isUnsaved = false;
    return unsaved;
  }

  /** Forgets what is over, told and without calls. @param running operations that a route still names */
  retain(running: ReadonlySet<string>): void {
    for (const [operationId, { isUnsaved, fresh, old }] of this.#tallies) {
      const isIdle = !isUnsaved && fresh.waiting === 0 && old.waiting === 0;
      if (isIdle && !running.has(operationId)) this.#tallies.delete(operationId);
    }
  }
}
