import type pg from 'pg';
import { healthParts } from '../domain/health-parts.ts';
import {
  BASELINE_DAYS,
  EXPIRY_NOTICE_MS,
  HEALTH_WINDOW_MS,
  type HealthFacts,
  healthScore,
  LEAST_BASELINE_CALLS,
  type OutcomeCount,
} from '../domain/health-score.ts';
import { latencyQuantiles } from '../domain/latency-histogram.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../domain/times.ts';

/** What one statement looks at. */
const ORGANIZATIONS_AT_ONCE = 50;

/** The statements' times: the window in whole minutes, the last of them still under way. */
interface Window {
  since: Date;
  until: Date;
  now: Date;
}

/** Organizations with calls in the window, or with scores from calls that have left it. */
const ORGANIZATIONS = `
  SELECT id FROM organization o
  WHERE EXISTS (SELECT FROM traffic_minute WHERE organization_id = o.id AND time >= $1 AND time < $2)
    OR EXISTS (SELECT FROM agent_health WHERE organization_id = o.id AND score IS NOT NULL)
  ORDER BY id`;

/**
 * One row an agent. A breaker's open time ends with its next change, with its cool-down, or when a person's hold is over.
 * Of two changes in one moment the opening came first.
 */
const FACTS = `
  WITH cell AS MATERIALIZED (
    SELECT agent_id, time, status, error_code, requests, latency_buckets, latency_counts
    FROM traffic_minute t JOIN agent a ON a.organization_id = t.organization_id AND a.id = t.agent_id
    WHERE t.organization_id = ANY ($1::uuid[]) AND time >= $2 AND time < $3
  ), subject AS MATERIALIZED (
    SELECT a.id, a.organization_id, h.baseline_p95_ms, h.baseline_at FROM agent a LEFT JOIN agent_health h ON h.agent_id = a.id
    WHERE a.organization_id = ANY ($1::uuid[]) AND a.deleted_at IS NULL
      AND (h.score IS NOT NULL OR a.id IN (SELECT agent_id FROM cell))
  ), outcome AS (
    SELECT agent_id, jsonb_agg(jsonb_build_object('status', status, 'error_code', error_code, 'requests', requests,
      'last_at', to_char(last_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'))) AS outcomes
    FROM (SELECT agent_id, status, error_code, sum(requests) AS requests, max(time) AS last_at FROM cell
      GROUP BY agent_id, status, error_code) AS sums GROUP BY agent_id
  ), bucket AS (
    SELECT agent_id, bucket, sum(count) AS count
    FROM (SELECT agent_id, unnest(latency_buckets) AS bucket, unnest(latency_counts) AS count FROM cell
      WHERE status < 400 AND error_code = '') AS latency GROUP BY agent_id, bucket
  ), latency AS (
    SELECT agent_id, array_agg(bucket::int ORDER BY bucket) AS buckets, array_agg(count::float8 ORDER BY bucket) AS counts
    FROM bucket GROUP BY agent_id
  )
  SELECT s.id AS "agentId", s.organization_id AS "organizationId", s.baseline_p95_ms AS "baselineP95Ms",
    s.baseline_at AS "baselineAt", coalesce(o.outcomes, '[]') AS outcomes, coalesce(l.buckets, '{}') AS buckets,
    coalesce(l.counts, '{}') AS counts, coalesce(open.ms, 0)::float8 AS "breakerOpenMs", c.id AS "credentialId",
    c.expires_at AS "credentialExpiresAt"
  FROM subject s LEFT JOIN outcome o ON o.agent_id = s.id LEFT JOIN latency l ON l.agent_id = s.id
  LEFT JOIN LATERAL (
    SELECT sum(extract(epoch FROM least(ended, $4) - greatest(time, $2)) * 1000) AS ms
    FROM (
      SELECT time, to_state, least(lead(time) OVER (ORDER BY time, to_state = 'open' DESC),
        coalesce(next_probe_at, (evidence ->> 'until')::timestamptz, time)) AS ended
      FROM (
        (SELECT time, to_state, next_probe_at, evidence FROM circuit_breaker_event
          WHERE organization_id = s.organization_id AND agent_id = s.id AND time < $2 ORDER BY time DESC LIMIT 1)
        UNION ALL
        (SELECT time, to_state, next_probe_at, evidence FROM circuit_breaker_event
          WHERE organization_id = s.organization_id AND agent_id = s.id AND time >= $2 AND time < $4)
      ) AS change
    ) AS spell
    WHERE to_state = 'open' AND ended > greatest(time, $2)
  ) AS open ON true
  LEFT JOIN LATERAL (
    SELECT id, expires_at FROM credential
    WHERE id IN (SELECT credential_id FROM credential_link WHERE agent_id = s.id) AND status = 'active'
      AND expires_at < $4::timestamptz + interval '${EXPIRY_NOTICE_MS} milliseconds'
      AND (rotation_due_at IS NULL OR rotation_due_at > expires_at)
    ORDER BY expires_at, id LIMIT 1
  ) AS c ON true`;

interface FactsRow {
  agentId: string;
  organizationId: string;
  baselineP95Ms: number | null;
  baselineAt: Date | null;
  outcomes: OutcomeCount[];
  buckets: number[];
  counts: number[];
  breakerOpenMs: number;
  credentialId: string | null;
  credentialExpiresAt: Date | null;
}

/** Latencies of good calls in whole days before today, of agents whose baseline is of an earlier hour. */
const BASELINES = `
  WITH bucket AS (
    SELECT agent_id, bucket, sum(count) AS count
    FROM (SELECT agent_id, unnest(latency_buckets) AS bucket, unnest(latency_counts) AS count
      FROM traffic_day t JOIN agent a ON a.organization_id = t.organization_id AND a.id = t.agent_id
      WHERE t.organization_id = ANY ($1::uuid[]) AND t.agent_id = ANY ($2::uuid[]) AND time >= $3 AND time < $4
        AND status < 400 AND error_code = '') AS latency GROUP BY agent_id, bucket)
  SELECT agent_id AS "agentId", array_agg(bucket::int ORDER BY bucket) AS buckets,
    array_agg(count::float8 ORDER BY bucket) AS counts
  FROM bucket GROUP BY agent_id HAVING sum(count) >= ${LEAST_BASELINE_CALLS}`;

/** Sorted, so that two runs that meet wait instead of deadlocking; the later window stays. */
const WRITE = `
  INSERT INTO agent_health AS present (agent_id, organization_id, score, calls, parts, since, until, computed_at,
    baseline_p95_ms, baseline_at)
  SELECT h.agent_id, h.organization_id, h.score, h.calls, h.parts, $2, $3, $4, h.baseline_p95_ms, h.baseline_at
  FROM jsonb_to_recordset($1) AS h (agent_id uuid, organization_id uuid, score numeric, calls bigint, parts jsonb,
    baseline_p95_ms float8, baseline_at timestamptz)
  ORDER BY h.agent_id
  ON CONFLICT (agent_id) DO UPDATE SET score = excluded.score, calls = excluded.calls, parts = excluded.parts,
    since = excluded.since, until = excluded.until, computed_at = excluded.computed_at,
    baseline_p95_ms = excluded.baseline_p95_ms, baseline_at = excluded.baseline_at
  WHERE present.computed_at <= excluded.computed_at`;

/** A deleted agent has no health; should it be restored, the next run gives it one. */
const FORGET_DELETED = `
  DELETE FROM agent_health h USING agent a WHERE a.id = h.agent_id AND a.deleted_at IS NOT NULL`;

/**
 * Works out the scores of all agents with calls in the last hour anew, whatever came in late meanwhile; agents whose last
 * call has left the window have no data from then on. A fault in one group of organizations keeps no other waiting; the
 * first is told in the end.
 * @param onProgress called after each group of organizations
 */
export async function keepHealthScores(pool: pg.Pool, now: Date, onProgress: () => void): Promise<void> {
  const end = now.getTime() - (now.getTime() % MINUTE_MS) + MINUTE_MS;
  const window = { since: new Date(end - HEALTH_WINDOW_MS), until: new Date(end), now };
  const { rows } = await pool.query<{ id: string }>(ORGANIZATIONS, [window.since, window.until]);
  const faults: unknown[] = [];
  for (let from = 0; from < rows.length; from += ORGANIZATIONS_AT_ONCE) {
    const organizationIds = rows.slice(from, from + ORGANIZATIONS_AT_ONCE).map(({ id }) => id);
    await scoreAgents(pool, organizationIds, window).catch((error: unknown) => faults.push(error));
    onProgress();
  }
  await pool.query(FORGET_DELETED);
  if (faults.length > 0) throw faults[0];
}

async function scoreAgents(pool: pg.Pool, organizationIds: string[], window: Window): Promise<void> {
  const { since, until, now } = window;
  const { rows: agents } = await pool.query<FactsRow>(FACTS, [organizationIds, since, until, now]);
  await renewBaselines(pool, organizationIds, agents, now.getTime());
  const scored = agents.map((agent) => scoredRow(agent, now.getTime()));
  await pool.query(WRITE, [JSON.stringify(scored), since, until, now]);
}

/** Baselines follow the days, which late calls may change: each is looked at once an hour. */
async function renewBaselines(
  pool: pg.Pool,
  organizationIds: string[],
  agents: FactsRow[],
  now: number,
): Promise<void> {
  const hour = now - (now % HOUR_MS);
  const due = agents.filter(({ baselineAt }) => baselineAt === null || baselineAt.getTime() < hour);
  if (due.length === 0) return;
  const today = now - (now % DAY_MS);
  const { rows } = await pool.query<Pick<FactsRow, 'agentId' | 'buckets' | 'counts'>>(BASELINES, [
    organizationIds,
    due.map(({ agentId }) => agentId),
    new Date(today - BASELINE_DAYS * DAY_MS),
    new Date(today),
  ]);
  const p95s = new Map(
    rows.map(({ agentId, buckets, counts }) => [agentId, latencyQuantiles(buckets, counts, [0.95])[0]]),
  );
  for (const agent of due) {
    agent.baselineP95Ms = p95s.get(agent.agentId) ?? null;
    agent.baselineAt = new Date(now);
  }
}

function scoredRow(agent: FactsRow, now: number) {
  const { credentialId, credentialExpiresAt } = agent;
  const facts: HealthFacts = {
    outcomes: agent.outcomes,
    latencies: agent,
    baselineP95Ms: agent.baselineP95Ms,
    breakerOpenMs: agent.breakerOpenMs,
    credentialEndsInMs: credentialExpiresAt === null ? null : credentialExpiresAt.getTime() - now,
  };
  const score = healthScore(facts);
  const credential =
    credentialId === null || credentialExpiresAt === null
      ? null
      : { id: credentialId, expires_at: credentialExpiresAt.toISOString() };
  return {
    agent_id: agent.agentId,
    organization_id: agent.organizationId,
    score: score.score,
    calls: Math.min(score.counts.calls, Number.MAX_SAFE_INTEGER),
    parts: healthParts(facts, score, credential),
    baseline_p95_ms: agent.baselineP95Ms,
    baseline_at: agent.baselineAt,
  };
}
