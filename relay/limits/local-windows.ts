import type { Limit } from './limit.ts';
import { SlidingWindow } from './sliding-window.ts';

const SWEEP_MS = 1_000;
/** Every window is looked at once in about so many sweeps. */
const SWEEPS_A_ROUND = 30;

/** The windows of this process' own calls. Only limits that are in use have one: it goes when its last call has left. */
export class LocalWindows {
  readonly #windows = new Map<string, SlidingWindow>();
  readonly #sweep: NodeJS.Timeout;
  #round: MapIterator<[string, SlidingWindow]>;

  constructor() {
    this.#round = this.#windows.entries();
    this.#sweep = setInterval(() => this.sweep(performance.now()), SWEEP_MS);
    this.#sweep.unref();
  }

  get size(): number {
    return this.#windows.size;
  }

  of(limit: Limit): SlidingWindow {
    let window = this.#windows.get(limit.windowId);
    if (window === undefined) {
      window = new SlidingWindow(limit.span);
      this.#windows.set(limit.windowId, window);
    }
    return window;
  }

  /** Drops some of the windows that are empty, a part at a time: a million are not looked at in one go. */
  sweep(now: number): void {
    let left = Math.ceil(this.#windows.size / SWEEPS_A_ROUND);
    for (; left > 0; left -= 1) {
      const next = this.#round.next();
      if (next.done) {
        this.#round = this.#windows.entries();
        return;
      }
      const [windowId, window] = next.value;
      if (window.used(now) === 0) this.#windows.delete(windowId);
    }
  }

  stop(): void {
    clearInterval(this.#sweep);
  }
}
