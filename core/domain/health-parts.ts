import { classOf, type HealthFacts, type HealthScore, type OutcomeCount, windowP95Ms } from './health-score.ts';

/** The most frequent outcomes that are kept with a score. */
const OUTCOMES_KEPT = 3;

type ToldOutcome = Pick<OutcomeCount, 'status' | 'error_code' | 'requests'>;

interface CallsPart {
  points: number;
  calls: number;
  outcomes: ToldOutcome[];
  /** The last minute with such a call; null: there was none. */
  last_at: string | null;
}

/** What each part of a score costs, and on what grounds: `agent_health.parts`. */
export interface HealthParts {
  /** `calls` failed. */
  errors: CallsPart & { mistaken: number };
  /** `calls` were slow. */
  latency: {
    points: number;
    calls: number;
    slow_above_ms: number | null;
    p95_ms: number | null;
    baseline_p95_ms: number | null;
  };
  throttling: CallsPart;
  breaker: { points: number; open_seconds: number };
  credential: { points: number; id: string | null; expires_at: string | null };
}

/** @param credential the linked one that ends first */
export function healthParts(
  facts: HealthFacts,
  { points, counts }: HealthScore,
  credential: { id: string; expires_at: string } | null,
): HealthParts {
  return {
    errors: { points: points.errors, mistaken: counts.mistaken, ...callsOf(facts, 'failed') },
    latency: {
      points: points.latency,
      calls: counts.slow,
      slow_above_ms: counts.slowAboveMs,
      p95_ms: windowP95Ms(facts),
      baseline_p95_ms: facts.baselineP95Ms,
    },
    throttling: { points: points.throttling, ...callsOf(facts, 'throttled') },
    breaker: { points: points.breaker, open_seconds: Math.round(facts.breakerOpenMs / 1_000) },
    credential: {
      points: points.credential,
      id: credential?.id ?? null,
      expires_at: credential?.expires_at ?? null,
    },
  };
}

function callsOf({ outcomes }: HealthFacts, wanted: 'failed' | 'throttled'): Omit<CallsPart, 'points'> {
  const own = outcomes.filter((outcome) => classOf(outcome) === wanted);
  const frequent = own.toSorted((one, other) => other.requests - one.requests).slice(0, OUTCOMES_KEPT);
  return {
    calls: own.reduce((calls, { requests }) => calls + requests, 0),
    outcomes: frequent.map(({ status, error_code, requests }) => ({ status, error_code, requests })),
    last_at:
      own
        .map(({ last_at }) => last_at)
        .toSorted()
        .at(-1) ?? null,
  };
}
