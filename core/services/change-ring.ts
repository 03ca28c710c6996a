import type { Change } from '../domain/changes.ts';

export interface NumberedChange extends Change {
  number: number;
}

/** What a follower does not know yet: the changes since its last one, or that it knows too little to tell. */
export type Missed = { changes: readonly NumberedChange[] } | 'unknown';

const KEPT = 256;

/** The latest changes of one organization, so that who comes back misses none; bounded, since it only spares reads. */
export class ChangeRing {
  private changes: NumberedChange[] = [];
  /** Changes up to this number may have been forgotten. */
  private forgottenUpTo: number;

  /** @param number of the last change that this ring does not hold */
  constructor(number: number) {
    this.forgottenUpTo = number;
  }

  add(change: NumberedChange): void {
    this.changes.push(change);
    if (this.changes.length <= KEPT) return;
    this.forgottenUpTo = this.changes.shift()?.number ?? this.forgottenUpTo;
  }

  /** Changes may have been missed altogether. */
  forget(number: number): void {
    this.changes = [];
    this.forgottenUpTo = number;
  }

  since(number: number): Missed {
    if (number < this.forgottenUpTo) return 'unknown';
    return { changes: this.changes.filter((change) => change.number > number) };
  }
}
