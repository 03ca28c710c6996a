/** Over how long a limit counts, and how finely. Milliseconds. */
export interface Span {
  /** What the limit says: at most so many calls in any such time. */
  readonly windowMs: number;
  /**
   * How long a call is counted: longer than the window, so that calls a little closer together where they arrive than
   * they were here still keep the limit.
   */
  readonly holdMs: number;
  /** Calls so close together may be counted as one moment: the latest of them. */
  readonly slotMs: number;
}

/** 60 / (60 + 0.3 + 0.25): 99 % of the limit is usable under steady load. */
export const MINUTE: Span = { windowMs: 60_000, holdMs: 60_300, slotMs: 250 };
export const SECOND: Span = { windowMs: 1_000, holdMs: 1_010, slotMs: 10 };

const FIRST_CAPACITY = 4;

/**
 * The calls of the last while, exactly on the safe side: no window of the span's length, wherever it begins, ever holds
 * more than were let in by `used < quota`. A call joins the newest moment if that one is of the same slot and moves it
 * to now; a moment leaves when its latest call is old enough, so none leaves too early. At most as many moments as calls
 * and as slots are kept, in a ring that grows with use: an agent that is rarely called costs some hundred bytes.
 */
export class SlidingWindow {
  readonly #span: Span;
  /** Ring of pairs: a moment's latest call, and its number of calls. */
  #ring: number[] = new Array<number>(FIRST_CAPACITY * 2).fill(0);
  #first = 0;
  #moments = 0;
  #used = 0;

  constructor(span: Span) {
    this.#span = span;
  }

  /** @param now milliseconds of a clock that never goes back; the same in all methods */
  used(now: number): number {
    while (this.#moments > 0 && now - this.#at(0) >= this.#span.holdMs) {
      this.#used -= this.#calls(0);
      this.#first = (this.#first + 1) % this.#capacity;
      this.#moments -= 1;
    }
    return this.#used;
  }

  add(now: number): void {
    const { slotMs } = this.#span;
    const newest = this.#moments - 1;
    if (newest >= 0 && Math.floor(this.#at(newest) / slotMs) === Math.floor(now / slotMs)) {
      this.#set(newest, now, this.#calls(newest) + 1);
    } else {
      if (this.#moments === this.#capacity) this.#grow();
      this.#moments += 1;
      this.#set(newest + 1, now, 1);
    }
    this.#used += 1;
  }

  /** Milliseconds until so many calls have left; 0 when there are not that many. Expects `used(now)` before it. */
  untilLeft(calls: number, now: number): number {
    let leaving = 0;
    for (let moment = 0; moment < this.#moments; moment += 1) {
      leaving += this.#calls(moment);
      if (leaving >= calls) return this.#at(moment) + this.#span.holdMs - now;
    }
    return 0;
  }

  get #capacity(): number {
    return this.#ring.length / 2;
  }

  #slot(moment: number): number {
    return ((this.#first + moment) % this.#capacity) * 2;
  }

  #at(moment: number): number {
    return this.#ring[this.#slot(moment)] as number;
  }

  #calls(moment: number): number {
    return this.#ring[this.#slot(moment) + 1] as number;
  }

  #set(moment: number, at: number, calls: number): void {
    const slot = this.#slot(moment);
    this.#ring[slot] = at;
    this.#ring[slot + 1] = calls;
  }

  #grow(): void {
    const start = this.#first * 2;
    const ordered = [...this.#ring.slice(start), ...this.#ring.slice(0, start)];
    this.#ring = [...ordered, ...new Array<number>(ordered.length).fill(0)];
    this.#first = 0;
  }
}
