/** Each bucket reaches a tenth further than the one before. */
const GROWTH = 1.1;

/** Nearly all latencies: their buckets are worked out once. */
const KNOWN = Uint8Array.from({ length: 8_192 }, (_, milliseconds) => bucketOf(milliseconds));

function bucketOf(milliseconds: number): number {
  return milliseconds < 1 ? 0 : 1 + Math.ceil(Math.log(milliseconds) / Math.log(GROWTH));
}

/**
 * The bucket of a latency in a histogram with logarithmic buckets (as in DDSketch, VLDB 2019, §2): bucket 0 is below one
 * millisecond, bucket b ≥ 1 is above 1.1^(b − 2) and at most 1.1^(b − 1). Histograms merge by adding up their buckets.
 * @param milliseconds a whole number
 */
export function latencyBucket(milliseconds: number): number {
  return KNOWN[milliseconds] ?? bucketOf(milliseconds);
}

/** The latency that a bucket stands for, in milliseconds: at most 4.8 % (0.1 / 2.1) away from any that is in it. */
export function latencyOfBucket(bucket: number): number {
  return bucket === 0 ? 0 : (2 * GROWTH ** (bucket - 1)) / (GROWTH + 1);
}

/**
 * Latencies below which given shares of the calls stayed (nearest rank), in milliseconds to a tenth.
 * @param buckets ascending
 * @param counts calls in each of them
 * @param shares ascending, such as 0.5 and 0.99
 */
export function latencyQuantiles(
  buckets: readonly number[],
  counts: readonly number[],
  shares: readonly number[],
): number[] {
  const calls = counts.reduce((sum, count) => sum + count, 0);
  let index = 0;
  let below = counts[0] ?? 0;
  return shares.map((share) => {
    while (below < share * calls && index < buckets.length - 1) {
      index += 1;
      below += counts[index] ?? 0;
    }
    return Math.round(latencyOfBucket(buckets[index] ?? 0) * 10) / 10;
  });
}
