import { latencyQuantiles } from './latency-histogram.ts';
import { DAY_MS } from './times.ts';

export const COMPARISONS = ['gt', 'gte', 'lt', 'lte'] as const;
export type Comparison = (typeof COMPARISONS)[number];

export const ALERT_METRICS = [
  'error_rate',
  'server_errors',
  'p95_latency_ms',
  'requests',
  'throttled_share',
  'health_score',
  'spend',
  'breaker_open',
  'credential_expires_days',
  'no_traffic',
] as const;
export type AlertMetric = (typeof ALERT_METRICS)[number];

/** Sums over an agent's calls of a window. */
export interface CallSums {
  requests: number;
  /** Answered with 400 or more, by the upstream or the relay: what `summarize_traffic` calls an error. */
  errors: number;
  /** Answered with 500 or more. */
  serverErrors: number;
  /** Answered with 429. */
  throttled: number;
  spendMicros: number;
}

/** What is known of an agent at the end of a window, to work out any metric from. */
export interface WindowFacts {
  /** Milliseconds since the epoch. */
  at: number;
  windowMs: number;
  sums: CallSums;
  /** Of the calls' latencies; only where a metric asks for it. */
  latencies: { buckets: number[]; counts: number[] } | null;
  /** Milliseconds of the window in which the circuit breaker was not closed. */
  breakerOpenMs: number;
  /** 0 to 100. */
  healthScore: number | null;
  /** The first end of a linked credential, milliseconds since the epoch. */
  credentialExpiresAt: number | null;
  /** Whether calls are to be expected: it is enabled, has been called before, and is older than the window. */
  isInUse: boolean;
}

interface MetricMeaning {
  /** In a sentence: `error rate above 5 %`. */
  words: string;
  unit: 'share' | 'count' | 'ms' | 'points' | 'money' | 'days';
  /** The values that there can be. */
  least: number;
  most: number;
  /** A share or quantile of calls, which says nothing without enough of them. */
  needsCalls: boolean;
  /** What is meant where a rule leaves it out. */
  comparison: Comparison;
  /** Null: a rule has to tell. */
  threshold: number | null;
  /** Null: the window says nothing about it. */
  value(facts: WindowFacts): number | null;
}

const shareOfCalls = { unit: 'share', least: 0, most: 1, needsCalls: true, comparison: 'gt', threshold: null } as const;
const amount = { least: 0, most: 1e12, needsCalls: false, comparison: 'gt', threshold: null } as const;

export const METRICS: Record<AlertMetric, MetricMeaning> = {
  error_rate: { ...shareOfCalls, words: 'error rate', value: ({ sums }) => sums.errors / sums.requests },
  server_errors: { ...amount, words: 'answers of 5xx', unit: 'count', value: ({ sums }) => sums.serverErrors },
  p95_latency_ms: {
    ...amount,
    words: 'p95 latency',
    unit: 'ms',
    needsCalls: true,
    value: ({ latencies }) => latencyQuantiles(latencies?.buckets ?? [], latencies?.counts ?? [], [0.95])[0] ?? null,
  },
  requests: {
    ...amount,
    words: 'calls',
    unit: 'count',
    value: ({ sums, isInUse }) => (sums.requests > 0 || isInUse ? sums.requests : null),
  },
  throttled_share: { ...shareOfCalls, words: 'throttled share', value: ({ sums }) => sums.throttled / sums.requests },
  health_score: {
    words: 'health score',
    unit: 'points',
    least: 0,
    most: 100,
    needsCalls: false,
    comparison: 'lt',
    threshold: null,
    value: ({ healthScore }) => healthScore,
  },
  spend: { ...amount, words: 'spend', unit: 'money', value: ({ sums }) => sums.spendMicros / 1_000_000 },
  breaker_open: {
    ...shareOfCalls,
    words: 'time with an open circuit breaker',
    needsCalls: false,
    threshold: 0,
    value: ({ breakerOpenMs, windowMs }) => breakerOpenMs / windowMs,
  },
  credential_expires_days: {
    ...amount,
    words: 'time until a credential expires',
    unit: 'days',
    most: 366,
    comparison: 'lt',
    value: ({ credentialExpiresAt, at }) =>
      credentialExpiresAt === null ? null : Math.max(0, (credentialExpiresAt - at) / DAY_MS),
  },
  no_traffic: {
    ...amount,
    words: 'calls',
    unit: 'count',
    comparison: 'lt',
    threshold: 1,
    value: ({ sums, isInUse }) => (sums.requests > 0 || isInUse ? sums.requests : null),
  },
};

/** The metric's value of a window; null where the window says nothing about it, such as an error rate without calls. */
export function metricValue(
  { metric, minimumCalls }: { metric: AlertMetric; minimumCalls: number },
  facts: WindowFacts,
): number | null {
  const { needsCalls, value } = METRICS[metric];
  if (needsCalls && facts.sums.requests < Math.max(1, minimumCalls)) return null;
  return value(facts);
}

export function compares(value: number, comparison: Comparison, threshold: number): boolean {
  switch (comparison) {
    case 'gt':
      return value > threshold;
    case 'gte':
      return value >= threshold;
    case 'lt':
      return value < threshold;
    case 'lte':
      return value <= threshold;
  }
}

/** Whether one value is further beyond a threshold than another. */
export function isWorse(comparison: Comparison, one: number, other: number): boolean {
  return comparison === 'gt' || comparison === 'gte' ? one > other : one < other;
}
