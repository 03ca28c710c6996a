import { v7 as uuid } from 'uuid';
import { lastCompleteEnd } from '../../core/domain/alert-evaluation.ts';
import type { AlertMetric } from '../../core/domain/alert-metrics.ts';
import { MINUTE_MS } from '../../core/domain/times.ts';
import { openJobsDatabase } from '../../core/store/jobs-database.ts';
import type { LogSetting } from './log-setting.ts';

const RULES = 1_000;
const TIMES = 20;
const SHARD = { shard: 0, shards: 1 };

/** Rules of every metric that is made from calls, over windows from a minute to a day, each for any agent. */
const METRICS: [metric: AlertMetric, threshold: number, windowMinutes: number][] = [
  ['error_rate', 0.2, 5],
  ['error_rate', 0.5, 60],
  ['server_errors', 1_000_000, 15],
  ['p95_latency_ms', 20_000, 5],
  ['requests', 1_000_000, 30],
  ['throttled_share', 0.2, 10],
  ['spend', 1_000_000, 1_440],
  ['no_traffic', 1, 180],
  ['breaker_open', 0, 10],
  ['credential_expires_days', 7, 1],
];

async function addRules({ sql }: LogSetting, organizationId: string, evaluatedFrom: number): Promise<void> {
  const rules = Array.from({ length: RULES }, (_, index) => {
    const [metric, threshold, windowMinutes] = METRICS[index % METRICS.length] as (typeof METRICS)[number];
    const comparison = metric === 'no_traffic' || metric === 'credential_expires_days' ? 'lt' : 'gt';
    return { id: uuid(), name: `rule ${index}`, metric, comparison, threshold, window_seconds: windowMinutes * 60 };
  });
  await sql.query(
    `INSERT INTO alert_rule (id, organization_id, name, metric, comparison, threshold, window_seconds, for_seconds, minimum_calls,
       scope_agent_ids, severity, channel_ids, evaluated_from)
     SELECT id, $2, name, metric, comparison, threshold, window_seconds, 300, 1, '{}', 'warning', '{}', $3
     FROM jsonb_to_recordset($1) AS rule (id uuid, name text, metric text, comparison text, threshold float8, window_seconds int)`,
    [JSON.stringify(rules), organizationId, new Date(evaluatedFrom)],
  );
}

/** Milliseconds that evaluations took: of a minute each; and of one in which every rule on errors fires for every agent. */
export interface EvaluationTimes {
  minutes: number[];
  allFiring: number;
  /** Alerts that it made: more than 20 agents of a rule are one. */
  alerts: number;
}

/** Evaluates 1,000 rules over all of an organization's agents, minute after minute, as the schedule does. */
export async function evaluateRules(setting: LogSetting, organizationId: string): Promise<EvaluationTimes> {
  const { sql, urls } = setting;
  const jobs = openJobsDatabase(urls.jobs);
  const now = Date.now();
  const first = lastCompleteEnd(now) - TIMES * MINUTE_MS;
  await addRules(setting, organizationId, first);
  const minutes: number[] = [];
  for (let minute = 1; minute <= TIMES; minute += 1) {
    const startedAt = performance.now();
    await jobs.alerts.evaluateRules(SHARD, now - (TIMES - minute) * MINUTE_MS);
    minutes.push(performance.now() - startedAt);
  }
  // As if nothing had been evaluated, with thresholds that everything exceeds: 200 rules on errors, 200 agents each.
  await sql.query('TRUNCATE alert_evaluation, alert_rule_state, alert CASCADE');
  await sql.query(
    "UPDATE alert_rule SET for_seconds = 0, threshold = CASE metric WHEN 'error_rate' THEN 0 ELSE threshold END, evaluated_from = $1",
    [new Date(lastCompleteEnd(now) - MINUTE_MS)],
  );
  const startedAt = performance.now();
  await jobs.alerts.evaluateRules(SHARD, now);
  const allFiring = performance.now() - startedAt;
  const { rows } = await sql.query<{ alerts: number }>('SELECT count(*)::int AS alerts FROM alert');
  await jobs.close();
  return { minutes, allFiring, alerts: rows[0]?.alerts ?? 0 };
}
