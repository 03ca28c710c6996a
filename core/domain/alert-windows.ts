import type { CallSums } from './alert-metrics.ts';

/** The moments at which any of some windows begins or ends: between two of them all calls fare alike. */
export class WindowEdges {
  /** Milliseconds since the epoch, ascending; piece n lies between the nth and the next. */
  readonly times: readonly number[];
  readonly #places: ReadonlyMap<number, number>;

  /**
   * @param ends when windows end
   * @param windowsMs how long they are; each length ends at each end
   */
  constructor(ends: readonly number[], windowsMs: Iterable<number>) {
    const times = new Set(ends);
    for (const windowMs of windowsMs) for (const end of ends) times.add(end - windowMs);
    this.times = [...times].sort((one, other) => one - other);
    this.#places = new Map(this.times.map((time, place) => [time, place]));
  }

  /** Which edge a moment is; the end of piece `place - 1` and the beginning of piece `place`. */
  place(time: number): number {
    const place = this.#places.get(time);
    if (place === undefined) throw new RangeError('a window was asked for that has no edges');
    return place;
  }
}

/** What an agent's calls of one piece add up to. */
export interface CallPiece extends CallSums {
  piece: number;
}

const SUMS = ['requests', 'errors', 'serverErrors', 'throttled', 'spendMicros'] as const;

/** An agent's calls, from which the sums of any window are two look-ups each. */
export class CallHistory {
  readonly #edges: WindowEdges;
  /** Up to each edge: SUMS.length numbers. Whole numbers below 2^53, so nothing is lost by adding and taking away. */
  readonly #until: Float64Array;

  constructor(edges: WindowEdges, pieces: Iterable<CallPiece>) {
    this.#edges = edges;
    this.#until = new Float64Array(edges.times.length * SUMS.length);
    for (const piece of pieces) {
      for (const [index, sum] of SUMS.entries()) this.#raise((piece.piece + 1) * SUMS.length + index, piece[sum]);
    }
    for (let at = SUMS.length; at < this.#until.length; at += 1) this.#raise(at, this.#until[at - SUMS.length] ?? 0);
  }

  /** Of the window of so many milliseconds that ends at a moment. */
  sums(end: number, windowMs: number): CallSums {
    const until = this.#edges.place(end) * SUMS.length;
    const from = this.#edges.place(end - windowMs) * SUMS.length;
    const sum = (index: number) => (this.#until[until + index] ?? 0) - (this.#until[from + index] ?? 0);
    return { requests: sum(0), errors: sum(1), serverErrors: sum(2), throttled: sum(3), spendMicros: sum(4) };
  }

  #raise(at: number, by: number): void {
    this.#until[at] = (this.#until[at] ?? 0) + by;
  }
}

export interface LatencyPiece {
  piece: number;
  buckets: number[];
  counts: number[];
}

/** An agent's latencies, as histograms of pieces that merge (core/domain/latency-histogram.ts). */
export class LatencyHistory {
  readonly #edges: WindowEdges;
  /** Ascending. */
  readonly #pieces: readonly LatencyPiece[];

  constructor(edges: WindowEdges, pieces: readonly LatencyPiece[]) {
    this.#edges = edges;
    this.#pieces = pieces.toSorted((one, other) => one.piece - other.piece);
  }

  histogram(end: number, windowMs: number): { buckets: number[]; counts: number[] } {
    const [from, until] = [this.#edges.place(end - windowMs), this.#edges.place(end)];
    const counts = new Map<number, number>();
    for (const { piece, ...latency } of this.#pieces) {
      if (piece < from || piece >= until) continue;
      latency.buckets.forEach((bucket, index) => {
        counts.set(bucket, (counts.get(bucket) ?? 0) + (latency.counts[index] ?? 0));
      });
    }
    const buckets = [...counts.keys()].sort((one, other) => one - other);
    return { buckets, counts: buckets.map((bucket) => counts.get(bucket) ?? 0) };
  }
}
