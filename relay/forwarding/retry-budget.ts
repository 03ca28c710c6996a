const WINDOW_MS = 10_000;
/** At most this part of an agent's calls is sent anew, so that retries never multiply an upstream's trouble … */
const SHARE = 0.1;
/** … and so many at least, or an agent with few calls would have no retries at all. */
const LEAST = 3;

/** Counts an agent's calls and retries in spans of ten seconds. */
export class RetryBudget {
  #endsAt = 0;
  #calls = 0;
  #retries = 0;

  /** @param now milliseconds since the epoch */
  countCall(now: number): void {
    this.#startSpan(now);
    this.#calls += 1;
  }

  /** @returns whether one more call may be sent anew; if so, it is counted */
  take(now: number): boolean {
    this.#startSpan(now);
    if (this.#retries >= Math.max(LEAST, this.#calls * SHARE)) return false;
    this.#retries += 1;
    return true;
  }

  #startSpan(now: number): void {
    if (now < this.#endsAt) return;
    this.#endsAt = now + WINDOW_MS;
    this.#calls = 0;
    this.#retries = 0;
  }
}
