import { latencyOfBucket, latencyQuantiles } from './latency-histogram.ts';
import { DAY_MS, HOUR_MS } from './times.ts';

/** A score looks back over so much, in whole minutes. */
export const HEALTH_WINDOW_MS = HOUR_MS;
/** After so long without a new one nobody knows an agent's health any more. */
export const HEALTH_STALE_MINUTES = 10;
/** A baseline is made from so many whole days (UTC) before today, and from no fewer calls. */
export const BASELINE_DAYS = 7;
export const LEAST_BASELINE_CALLS = 100;
/** A credential costs points this long before its end. */
export const EXPIRY_NOTICE_MS = 14 * DAY_MS;

/** Good calls that are thought beside those of the window, so that one bad call out of two is no disaster. */
const CALLS_BESIDE = 20;
/** A call that its caller got wrong weighs a tenth of a failed one. */
const MISTAKE_WEIGHT = 0.1;
/** A call is slow above so many times the baseline's p95, and never below 100 ms. */
const SLOW_FACTOR = 1.5;
const LEAST_SLOW_MS = 100;
/** So many slow calls are usual. */
const USUAL_SLOW_SHARE = 0.05;

/** Points by the share of calls that failed: straight lines between these. */
const ERROR_POINTS = [
  { share: 0, points: 0 },
  { share: 0.05, points: 20 },
  { share: 0.25, points: 40 },
  { share: 1, points: 80 },
] as const;
/**
 * What the rest costs: half a point for each per cent. Not more than a per cent of failed calls costs anywhere, so that
 * a call that was slow or throttled and now fails never raises a score; and together at most 100.
 */
const POINTS_PER_SHARE = 50;
const MOST_POINTS = { latency: 20, throttling: 20, breaker: 10, credential: 10 } as const;

export type HealthPart = 'errors' | 'latency' | 'throttling' | 'breaker' | 'credential';

/** Calls of the window with one outcome. */
export interface OutcomeCount {
  status: number;
  /** The relay's own error code; empty: the upstream answered. */
  error_code: string;
  requests: number;
  /** The last minute with such a call, RFC 3339. */
  last_at: string;
}

/** What an agent's score is made from. */
export interface HealthFacts {
  outcomes: readonly OutcomeCount[];
  /** Latencies of calls that an upstream answered with a status below 400 (latency-histogram.ts). */
  latencies: { buckets: readonly number[]; counts: readonly number[] };
  /** null: not known yet. */
  baselineP95Ms: number | null;
  /** How long the breaker was open within the window. */
  breakerOpenMs: number;
  /** Of the linked credential that ends first and does not rotate by itself before, milliseconds from now; null: none does. */
  credentialEndsInMs: number | null;
}

/** How the window's calls went. Each is counted once, but for `slow`, which are among those that went well. */
export interface CallCounts {
  calls: number;
  failed: number;
  mistaken: number;
  throttled: number;
  slow: number;
  /** null: there is no baseline. */
  slowAboveMs: number | null;
}

export interface HealthScore {
  /** 0 to 100, to a tenth; null: no calls, so no data. */
  score: number | null;
  /** What each part costs, to a tenth; together 100 − score. */
  points: Record<HealthPart, number>;
  counts: CallCounts;
}

export type CallClass = 'good' | 'failed' | 'mistaken' | 'throttled' | 'left_out';

/** What a call's outcome says about the agent. A disabled agent is meant to refuse, so that says nothing. */
export function classOf({ status, error_code }: Pick<OutcomeCount, 'status' | 'error_code'>): CallClass {
  if (error_code === 'agent_disabled') return 'left_out';
  if (status === 429) return 'throttled';
  if (status >= 500 || status === 401 || status === 403) return 'failed';
  return status >= 400 ? 'mistaken' : 'good';
}

/**
 * How healthy an agent is. Invariants: between 0 and 100; the parts add up to 100 − score; a good call that goes any other
 * way, any call that fails instead, one more failed call, a breaker open for longer and a credential's nearer end never
 * raise it.
 */
export function healthScore(facts: HealthFacts): HealthScore {
  const counts = countCalls(facts);
  if (counts.calls === 0) return { score: null, points: noPoints(), counts };
  const share = (calls: number) => calls / (counts.calls + CALLS_BESIDE);
  const points = {
    errors: errorPoints(share(counts.failed + counts.mistaken * MISTAKE_WEIGHT)),
    latency: atMost('latency', POINTS_PER_SHARE * Math.max(0, share(counts.slow) - USUAL_SLOW_SHARE)),
    throttling: atMost('throttling', POINTS_PER_SHARE * share(counts.throttled)),
    breaker: atMost('breaker', (POINTS_PER_SHARE * facts.breakerOpenMs) / HEALTH_WINDOW_MS),
    credential: credentialPoints(facts.credentialEndsInMs),
  };
  const rounded = inTenths(points);
  const tenths = Object.values(rounded).reduce((sum, part) => sum + part, 0);
  const told = Object.entries(rounded).map(([part, value]) => [part, value / 10]);
  return { score: (1_000 - tenths) / 10, points: Object.fromEntries(told), counts };
}

/** The window's latency below which 95 % of its good calls stayed; null without any. */
export function windowP95Ms({ latencies: { buckets, counts } }: Pick<HealthFacts, 'latencies'>): number | null {
  return buckets.length === 0 ? null : (latencyQuantiles(buckets, counts, [0.95])[0] ?? null);
}

/** Above which latency a good call is slow. */
export function slowAboveMs(baselineP95Ms: number): number {
  return Math.max(SLOW_FACTOR * baselineP95Ms, LEAST_SLOW_MS);
}

function countCalls({ outcomes, latencies, baselineP95Ms }: HealthFacts): CallCounts {
  const sum = (wanted: CallClass) =>
    outcomes.reduce((calls, outcome) => calls + (classOf(outcome) === wanted ? outcome.requests : 0), 0);
  const [good, failed, mistaken, throttled] = [sum('good'), sum('failed'), sum('mistaken'), sum('throttled')];
  const slowMs = baselineP95Ms === null ? null : slowAboveMs(baselineP95Ms);
  const slow =
    slowMs === null
      ? 0
      : latencies.buckets.reduce(
          (calls, bucket, index) => calls + (latencyOfBucket(bucket) > slowMs ? (latencies.counts[index] ?? 0) : 0),
          0,
        );
  return { calls: good + failed + mistaken + throttled, failed, mistaken, throttled, slow, slowAboveMs: slowMs };
}

function errorPoints(share: number): number {
  const index = ERROR_POINTS.findIndex((corner) => share <= corner.share);
  const [from, to] = [ERROR_POINTS[Math.max(index, 1) - 1], ERROR_POINTS[Math.max(index, 1)]];
  if (from === undefined || to === undefined) throw new RangeError(`${share} is no share`);
  return from.points + ((share - from.share) / (to.share - from.share)) * (to.points - from.points);
}

function credentialPoints(endsInMs: number | null): number {
  if (endsInMs === null) return 0;
  return atMost('credential', MOST_POINTS.credential * Math.max(0, 1 - endsInMs / EXPIRY_NOTICE_MS));
}

function atMost(part: keyof typeof MOST_POINTS, points: number): number {
  return Math.min(points, MOST_POINTS[part]);
}

function noPoints(): Record<HealthPart, number> {
  return { errors: 0, latency: 0, throttling: 0, breaker: 0, credential: 0 };
}

/**
 * Points in whole tenths that add up to their rounded sum (largest remainders are rounded up): rounding each by itself
 * could let a worse agent score a tenth higher.
 */
function inTenths(points: Record<HealthPart, number>): Record<HealthPart, number> {
  const parts = Object.entries(points).map(([part, value]) => ({
    part,
    whole: Math.floor(value * 10),
    exact: value * 10,
  }));
  const exactSum = parts.reduce((sum, { exact }) => sum + exact, 0);
  const missing = Math.round(exactSum) - parts.reduce((sum, { whole }) => sum + whole, 0);
  const byRemainder = parts.toSorted((one, other) => other.exact - other.whole - (one.exact - one.whole));
  const rounded = byRemainder.map(({ part, whole }, index) => [part, whole + (index < missing ? 1 : 0)]);
  return Object.fromEntries(rounded);
}
