/** How far back charts look, and how finely: never more points than a screen shows. */
export const RANGES = ['1h', '24h', '7d', '30d'] as const;
export type Range = (typeof RANGES)[number];

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

const SPANS: Record<Range, { ms: number; group_by: 'minute' | 'hour' | 'day'; stepMs: number }> = {
  '1h': { ms: HOUR_MS, group_by: 'minute', stepMs: 60_000 },
  '24h': { ms: DAY_MS, group_by: 'hour', stepMs: HOUR_MS },
  '7d': { ms: 7 * DAY_MS, group_by: 'hour', stepMs: HOUR_MS },
  '30d': { ms: 30 * DAY_MS, group_by: 'day', stepMs: DAY_MS },
};

/** What `summarize_traffic` is asked for a range; the beginning is worked out at each call. */
export function questionOf(range: Range) {
  const { ms, group_by } = SPANS[range];
  return {
    input: { group_by, limit: 200 } as const,
    present: () => ({ since: new Date(Date.now() - ms).toISOString() }),
    isDaily: group_by === 'day',
  };
}

interface Traffic {
  since: string;
  until: string;
  items: readonly { key: string; requests: number; errors: number; p50_ms: number; p95_ms: number; p99_ms: number }[];
}

/** The figures at every step of a range: where no call was, the count is 0 and there is no latency. */
export function seriesOf(range: Range, { since, until, items }: Traffic) {
  const { stepMs } = SPANS[range];
  const byTime = new Map(items.map((item) => [Date.parse(item.key), item]));
  const first = Math.floor(Date.parse(since) / stepMs) * stepMs;
  const count = Math.max(Math.floor((Date.parse(until) - first) / stepMs) + 1, 1);
  const times = Array.from({ length: count }, (_, index) => new Date(first + index * stepMs));
  const found = times.map((time) => byTime.get(time.getTime()));
  return {
    times,
    requests: found.map((item) => item?.requests ?? 0),
    errors: found.map((item) => item?.errors ?? 0),
    p50: found.map((item) => item?.p50_ms ?? null),
    p95: found.map((item) => item?.p95_ms ?? null),
    p99: found.map((item) => item?.p99_ms ?? null),
  };
}
