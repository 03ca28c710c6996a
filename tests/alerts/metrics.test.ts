import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { ALERT_METRICS, type AlertMetric } from '../../core/domain/alert-metrics.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../core/domain/times.ts';
import { seededRandom } from '../servers/seeded-random.ts';
import { type AlertTrial, startTrial } from './harness.ts';

let trial: AlertTrial;
let agentId: string;

beforeAll(async () => {
  trial = await startTrial();
});
afterAll(() => trial?.stop());
beforeEach(async () => {
  await trial.sql.query('TRUNCATE alert_rule, alert_evaluation, alert CASCADE');
  await trial.sql.query('UPDATE agent SET deleted_at = now() WHERE deleted_at IS NULL');
  agentId = await trial.addAgent('agent');
});

const at = (minute: number) => new Date(trial.start + minute * MINUTE_MS);

/** The value with which a rule fires in the window that ends with a minute's beginning; undefined: it does not. */
async function valueOfRule(rule: object, minute = 3): Promise<number | undefined> {
  await trial.createRule({ name: 'rule', ...rule });
  await trial.evaluateUntil(minute);
  const { rows } = await trial.sql.query('SELECT value FROM alert_agent');
  return rows[0]?.value;
}

const credential = async (expiresAt: Date) => {
  const name = `credential-${agentId}`;
  const input = { name, value: 'sk_live_0123456789abcdef', allowed_hosts: ['api.stripe.test'] };
  await trial.run('create_credential', { ...input, expires_at: expiresAt.toISOString() });
  await trial.run('link_credential', { agent: 'agent', credential: name, injection: { kind: 'bearer' } });
};

/** What makes each metric's rule fire in the window of minutes 1 and 2, and its value there. */
const CASES: Record<AlertMetric, { rule: object; happens: () => Promise<unknown>; value: number }> = {
  error_rate: {
    rule: { threshold: 0.2 },
    happens: () => trial.addCalls([{ agentId, minute: 2, ok: 3, failed: 1 }]),
    value: 0.25,
  },
  server_errors: {
    rule: { threshold: 3 },
    happens: () =>
      trial.addCalls([
        { agentId, minute: 1, failed: 4 },
        { agentId, minute: 2, ok: 7, row: { status: 404 } },
      ]),
    value: 4,
  },
  p95_latency_ms: {
    rule: { threshold: 700 },
    happens: () =>
      trial.addCalls([
        { agentId, minute: 1, ok: 90, row: { latencyMs: 20 } },
        { agentId, minute: 2, ok: 10, row: { latencyMs: 800 } },
      ]),
    value: 800,
  },
  requests: {
    rule: { threshold: 10 },
    happens: () => trial.addCalls([1, 2].map((minute) => ({ agentId, minute, ok: 6 }))),
    value: 12,
  },
  throttled_share: {
    rule: { threshold: 0.4 },
    happens: () =>
      trial.addCalls([
        { agentId, minute: 1, ok: 3, row: { status: 429, errorCode: 'rate_limited' } },
        { agentId, minute: 2, ok: 3 },
      ]),
    value: 0.5,
  },
  health_score: {
    rule: { threshold: 80 },
    happens: () =>
      trial.sql.query(
        `INSERT INTO agent_health (agent_id, organization_id, score, calls, parts, since, until, computed_at, baseline_at)
         VALUES ($1, $2, 61.5, 10, '{}', $3, $3, $3, $3)`,
        [agentId, trial.caller.organizationId, at(2)],
      ),
    value: 61.5,
  },
  spend: {
    rule: { threshold: 1.5 },
    happens: () => trial.addCalls([{ agentId, minute: 2, ok: 4, row: { spendMicros: 400_000 } }]),
    value: 1.6,
  },
  breaker_open: {
    rule: {},
    happens: () =>
      trial.sql.query(
        `INSERT INTO circuit_breaker_event (id, organization_id, agent_id, time, from_state, to_state, why)
         VALUES (gen_random_uuid(), $1, $2, $3, 'closed', 'open', 'too_many_failures'),
           (gen_random_uuid(), $1, $2, $4, 'open', 'closed', 'probe_succeeded')`,
        [trial.caller.organizationId, agentId, at(1.5), at(2)],
      ),
    value: 0.25,
  },
  credential_expires_days: {
    rule: { threshold: 7 },
    happens: () => credential(new Date(at(3).getTime() + 2 * DAY_MS)),
    value: 2,
  },
  no_traffic: {
    rule: {},
    happens: async () => {
      await trial.sql.query("UPDATE agent SET created_at = created_at - interval '1 hour' WHERE id = $1", [agentId]);
      await trial.addCalls([{ agentId, minute: -5, ok: 1 }]);
    },
    value: 0,
  },
};

test.each(ALERT_METRICS)('a rule on %s fires with its value', async (metric) => {
  const { rule, happens, value } = CASES[metric];
  await happens();
  // Latencies stand for their bucket: at most 4.8 % away.
  const precision = metric === 'p95_latency_ms' ? value * 0.048 : 1e-9;
  const fired = await valueOfRule({ metric, window_seconds: 120, ...rule });
  expect(Math.abs((fired ?? Number.NaN) - value)).toBeLessThanOrEqual(precision);
});

test('rules on all metrics, each over another window, are evaluated side by side', async () => {
  for (const { happens } of Object.values(CASES)) await happens();
  for (const [index, metric] of ALERT_METRICS.entries()) {
    const { rule } = CASES[metric];
    await trial.createRule({ name: metric, metric, ...rule, window_seconds: 60 * (index + 2) });
  }
  await trial.evaluateUntil(3);
  const { rows } = await trial.sql.query('SELECT name FROM alert WHERE is_group = false ORDER BY name');
  // There are calls, and most of them are good.
  const quiet = ['no_traffic', 'throttled_share', 'error_rate'];
  expect(rows.map(({ name }) => name)).toEqual(ALERT_METRICS.filter((metric) => !quiet.includes(metric)).sort());
});

describe('says nothing, and so fires nothing:', () => {
  test('an error rate of too few calls', async () => {
    await trial.addCalls([{ agentId, minute: 2, failed: 4 }]);
    expect(await valueOfRule({ metric: 'error_rate', threshold: 0.05, minimum_calls: 5 })).toBeUndefined();
  });

  test('no traffic of an agent that never had any, or is disabled', async () => {
    await trial.sql.query("UPDATE agent SET created_at = created_at - interval '1 hour' WHERE id = $1", [agentId]);
    expect(await valueOfRule({ metric: 'no_traffic' })).toBeUndefined();
    await trial.addCalls([{ agentId, minute: -5, ok: 1 }]);
    await trial.run('update_agent', { agent: 'agent', enabled: false });
    await trial.evaluateUntil(4);
    expect((await trial.sql.query('SELECT FROM alert')).rowCount).toBe(0);
  });

  test('a breaker that a person held open until before the window', async () => {
    await trial.sql.query(
      `INSERT INTO circuit_breaker_event (id, organization_id, agent_id, time, from_state, to_state, why, evidence)
       VALUES (gen_random_uuid(), $1, $2, $3, 'closed', 'open', 'opened_by_hand', jsonb_build_object('until', $4::timestamptz))`,
      [trial.caller.organizationId, agentId, at(-60), at(0)],
    );
    expect(await valueOfRule({ metric: 'breaker_open' })).toBeUndefined();
  });
});

test('a window of hours counts each call once, whether hours are made of its minutes yet or not', async () => {
  const random = seededRandom(7);
  const someMinutes = (count: number) => Array.from({ length: count }, () => -Math.floor(random() * 30 * 60));
  await trial.addCalls(someMinutes(400).map((minute) => ({ agentId, minute, ok: 1 + Math.floor(random() * 3) })));
  await trial.jobs.logs.rollUpTraffic(() => {});
  await trial.addCalls(someMinutes(60).map((minute) => ({ agentId, minute, ok: 1 })));
  for (const hours of [3, 7, 24]) {
    await trial.sql.query('TRUNCATE alert_rule, alert_evaluation, alert CASCADE');
    const value = await valueOfRule({ metric: 'requests', threshold: 0, window_seconds: hours * 3_600 }, 1);
    const { rows } = await trial.sql.query(
      'SELECT count(*)::int AS calls FROM request_log WHERE agent_id = $1 AND time >= $2 AND time < $3',
      [agentId, new Date(at(1).getTime() - hours * HOUR_MS), at(1)],
    );
    expect(value).toBe(rows[0].calls);
  }
});
