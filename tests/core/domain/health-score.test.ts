import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type HealthFacts, healthScore } from '../../../core/domain/health-score.ts';
import { latencyBucket } from '../../../core/domain/latency-histogram.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../../core/domain/times.ts';

const BASELINE_P95_MS = 300;
const [FAST_MS, SLOW_MS] = [120, 2_000];

/** Calls by how they went. */
interface Calls {
  good: number;
  slow: number;
  mistaken: number;
  throttled: number;
  failed: number;
}

const NO_CALLS: Calls = { good: 0, slow: 0, mistaken: 0, throttled: 0, failed: 0 };

function factsOf(given: Partial<Calls>, other: Partial<HealthFacts> = {}): HealthFacts {
  const { good, slow, mistaken, throttled, failed } = { ...NO_CALLS, ...given };
  const outcome = (status: number, requests: number, error_code = '') => ({
    status,
    error_code,
    requests,
    last_at: '2026-11-25T10:00:00Z',
  });
  return {
    outcomes: [
      outcome(200, good + slow),
      outcome(404, mistaken),
      outcome(429, throttled, 'rate_limited'),
      outcome(502, failed, 'upstream_unreachable'),
    ],
    latencies: { buckets: [latencyBucket(FAST_MS), latencyBucket(SLOW_MS)], counts: [good, slow] },
    baselineP95Ms: BASELINE_P95_MS,
    breakerOpenMs: 0,
    credentialEndsInMs: null,
    ...other,
  };
}

const scoreOf = (...given: Parameters<typeof factsOf>) => healthScore(factsOf(...given)).score;

describe('the examples of docs/health.md', () => {
  test.each<[string, number | null, Parameters<typeof factsOf>]>([
    ['nothing but good calls', 100, [{ good: 500 }]],
    ['no calls: no data', null, [{}]],
    ['no calls, whatever else there is', null, [{}, { breakerOpenMs: HOUR_MS, credentialEndsInMs: 0 }]],
    ['one failed call out of one', 81, [{ failed: 1 }]],
    ['three failed calls out of three', 72, [{ failed: 3 }]],
    ['1 % failed', 96.1, [{ good: 990, failed: 10 }]],
    ['5 % failed', 80.4, [{ good: 950, failed: 50 }]],
    ['10 % failed', 75.2, [{ good: 900, failed: 100 }]],
    ['everything failed', 21, [{ failed: 1_000 }]],
    ['a tenth not found, as look-ups do', 96.1, [{ good: 900, mistaken: 100 }]],
    ['nothing but calls that their caller got wrong', 75.2, [{ mistaken: 1_000 }]],
    ['one call in five slow', 92.7, [{ good: 800, slow: 200 }]],
    ['every call slow', 80, [{ slow: 1_000 }]],
    ['without a baseline no call is slow', 100, [{ slow: 1_000 }, { baselineP95Ms: null }]],
    ['a tenth throttled', 95.1, [{ good: 900, throttled: 100 }]],
    ['half throttled', 80, [{ good: 500, throttled: 500 }]],
    ['the breaker open for six minutes', 95, [{ good: 500 }, { breakerOpenMs: 6 * MINUTE_MS }]],
    ['a credential that ends in a week', 95, [{ good: 500 }, { credentialEndsInMs: 7 * DAY_MS }]],
    ['a credential that ended', 90, [{ good: 500 }, { credentialEndsInMs: -DAY_MS }]],
    [
      'an outage of half an hour: half of the calls fail, the breaker is open for 12 minutes',
      37.2,
      [{ good: 500, failed: 500 }, { breakerOpenMs: 12 * MINUTE_MS }],
    ],
  ])('%s', (_, score, given) => {
    expect(scoreOf(...given)).toBe(score);
  });
});

const calls = fc.record({
  good: fc.nat(2_000),
  slow: fc.nat(2_000),
  mistaken: fc.nat(2_000),
  throttled: fc.nat(2_000),
  failed: fc.nat(2_000),
});
/** With a baseline by which FAST_MS is fast. */
const besides = fc.record({
  baselineP95Ms: fc.option(fc.double({ min: 90, max: 1e6, noNaN: true })),
  breakerOpenMs: fc.nat(HOUR_MS),
  credentialEndsInMs: fc.option(fc.integer({ min: -400 * DAY_MS, max: 400 * DAY_MS })),
});

test('a score is between 0 and 100, and its parts add up to what is missing', () => {
  const hugeToo = fc.tuple(calls, fc.constantFrom(1, 1, 1e9)).map(([counts, times]) => {
    return Object.fromEntries(Object.entries(counts).map(([kind, count]) => [kind, count * times]));
  });
  fc.assert(
    fc.property(hugeToo, besides, (counts, other) => {
      const { score, points, counts: counted } = healthScore(factsOf(counts, other));
      const sum = Object.values(points).reduce((tenths, part) => tenths + Math.round(part * 10), 0);
      expect(Object.values(points).every((part) => part >= 0)).toBe(true);
      if (counted.calls === 0) return expect([score, sum]).toEqual([null, 0]);
      expect(score).toBeGreaterThanOrEqual(0);
      expect(sum).toBe(1_000 - Math.round((score as number) * 10));
    }),
    { numRuns: 2_000 },
  );
});

describe('what goes worse never raises a score', () => {
  const never = (
    name: string,
    worsen: (counts: Calls, other: Partial<HealthFacts>) => Parameters<typeof factsOf> | null,
  ) =>
    test(name, () => {
      fc.assert(
        fc.property(calls, besides, (counts, other) => {
          const worse = worsen(counts, other);
          const before = scoreOf(counts, other);
          if (worse === null || before === null) return;
          expect(scoreOf(...worse)).toBeLessThanOrEqual(before);
        }),
        { numRuns: 2_000 },
      );
    });

  never('one more failed call', (counts, other) => [{ ...counts, failed: counts.failed + 1 }, other]);
  for (const kind of ['good', 'slow', 'mistaken', 'throttled'] as const) {
    never(`a ${kind} call that fails instead`, (counts, other) =>
      counts[kind] === 0 ? null : [{ ...counts, [kind]: counts[kind] - 1, failed: counts.failed + 1 }, other],
    );
  }
  for (const kind of ['slow', 'mistaken', 'throttled'] as const) {
    never(`a good call that is ${kind} instead`, (counts, other) =>
      counts.good === 0 ? null : [{ ...counts, good: counts.good - 1, [kind]: counts[kind] + 1 }, other],
    );
  }
  never('a breaker that is open for a minute longer', (counts, other) => [
    counts,
    { ...other, breakerOpenMs: (other.breakerOpenMs ?? 0) + MINUTE_MS },
  ]);
  never('a day less until the credential ends', (counts, other) => [
    counts,
    { ...other, credentialEndsInMs: (other.credentialEndsInMs ?? 30 * DAY_MS) - DAY_MS },
  ]);
  never('a faster baseline', (counts, other) => [
    counts,
    { ...other, baselineP95Ms: (other.baselineP95Ms ?? 1e6) / 2 },
  ]);
});

test.each<[string, number, string, string]>([
  ['an upstream that is away', 502, 'upstream_unreachable', 'failed'],
  ['a refusal by the open breaker', 503, 'circuit_open', 'failed'],
  ['an upstream that refuses the credential', 401, '', 'failed'],
  ['a host that is not allowed', 403, 'host_not_allowed', 'failed'],
  ["the upstream's own limit", 429, '', 'throttled'],
  ['the plan', 429, 'plan_limit_reached', 'throttled'],
  ['a caller who went away', 499, '', 'mistaken'],
])('%s counts as it should', (_, status, error_code, kind) => {
  const outcomes = [{ status, error_code, requests: 7, last_at: '2026-11-25T10:00:00Z' }];
  const { counts } = healthScore({ ...factsOf({}), outcomes });
  expect(counts).toMatchObject({ calls: 7, [kind]: 7 });
});

test('a disabled agent that only refuses has no data', () => {
  const outcomes = [{ status: 403, error_code: 'agent_disabled', requests: 7, last_at: '2026-11-25T10:00:00Z' }];
  expect(healthScore({ ...factsOf({}), outcomes }).score).toBeNull();
});
