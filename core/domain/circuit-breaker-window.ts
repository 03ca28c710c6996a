/** The window moves in tenths of its length: it covers between nine tenths of it and the whole. */
export const WINDOW_SLOTS = 10;

/** Calls and failures of the last seconds, counted in slots; what it holds does not grow with the traffic. */
export class CallWindow {
  /** Sums over the window. */
  calls = 0;
  failures = 0;

  readonly windowMs: number;
  readonly slotMs: number;
  readonly #calls: number[] = new Array(WINDOW_SLOTS).fill(0);
  readonly #failures: number[] = new Array(WINDOW_SLOTS).fill(0);
  /** The newest slot: its number since the epoch, the same in every process. */
  #newest = 0;

  constructor(windowMs: number) {
    this.windowMs = windowMs;
    this.slotMs = windowMs / WINDOW_SLOTS;
  }

  /** @param now milliseconds since the epoch; a clock that steps back counts into the newest slot */
  count(now: number, isFailure: boolean): void {
    this.moveTo(now);
    const place = this.#newest % WINDOW_SLOTS;
    this.#calls[place] = (this.#calls[place] ?? 0) + 1;
    this.calls += 1;
    if (!isFailure) return;
    this.#failures[place] = (this.#failures[place] ?? 0) + 1;
    this.failures += 1;
  }

  /** Forgets what is older than the window. */
  moveTo(now: number): void {
    const slot = Math.floor(now / this.slotMs);
    if (slot > this.#newest) this.#moveToSlot(slot);
  }

  /** Adds what others counted; a slot that has left the window is none of its business. */
  add(slot: number, calls: number, failures: number): void {
    if (slot > this.#newest) this.#moveToSlot(slot);
    if (slot <= this.#newest - WINDOW_SLOTS) return;
    const place = slot % WINDOW_SLOTS;
    this.#calls[place] = (this.#calls[place] ?? 0) + calls;
    this.#failures[place] = (this.#failures[place] ?? 0) + failures;
    this.calls += calls;
    this.failures += failures;
  }

  /** What each slot holds, those without calls left out. */
  slots(): { slot: number; calls: number; failures: number }[] {
    const held = [];
    for (let slot = this.#newest - WINDOW_SLOTS + 1; slot <= this.#newest; slot += 1) {
      if (slot < 0) continue;
      const place = slot % WINDOW_SLOTS;
      const calls = this.#calls[place] ?? 0;
      if (calls > 0) held.push({ slot, calls, failures: this.#failures[place] ?? 0 });
    }
    return held;
  }

  clear(): void {
    this.#calls.fill(0);
    this.#failures.fill(0);
    this.calls = 0;
    this.failures = 0;
  }

  #moveToSlot(slot: number): void {
    if (slot - this.#newest >= WINDOW_SLOTS) this.clear();
    else {
      for (let passed = this.#newest + 1; passed <= slot; passed += 1) {
        const place = passed % WINDOW_SLOTS;
        this.calls -= this.#calls[place] ?? 0;
        this.failures -= this.#failures[place] ?? 0;
        this.#calls[place] = 0;
        this.#failures[place] = 0;
      }
    }
    this.#newest = slot;
  }
}
