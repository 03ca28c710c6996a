import { healthScore, type OutcomeCount, slowAboveMs } from '../domain/health-score.ts';
import { latencyBucket, latencyOfBucket } from '../domain/latency-histogram.ts';
import { HOUR_MS } from '../domain/times.ts';
import { boundedRead } from '../store/bounded-read.ts';
import type { OrganizationTransaction } from '../store/database.ts';
import { Prisma } from '../store/generated/client.ts';
import { trafficOf } from './traffic.ts';

/** So many whole hours before the present one. */
export const HISTORY_HOURS = 24;

interface HourRow {
  agentId: string;
  hour: Date;
  outcomes: OutcomeCount[];
  slow: number;
}

export interface HealthHistory {
  /** When the first hour began; the last one ended when the present one began. */
  since: string;
  /** By hour, null where nobody called. */
  items: { agent_id: string; scores: (number | null)[] }[];
}

/**
 * What each agent's health was by its calls alone: scores are not kept, and neither an open breaker nor a credential's end
 * is looked back at. Slow is what is slow by today's baseline.
 */
export async function readHealthHistory(
  transaction: OrganizationTransaction,
  agentIds: readonly string[],
): Promise<HealthHistory> {
  const until = Math.floor(Date.now() / HOUR_MS) * HOUR_MS;
  const from = until - HISTORY_HOURS * HOUR_MS;
  const agents = await transaction.agentHealth.findMany({
    where: { agentId: { in: [...agentIds] } },
    select: { agentId: true, baselineP95Ms: true },
  });
  const known = new Map(agents.map(({ agentId, baselineP95Ms }) => [agentId, baselineP95Ms]));
  const baselines = new Map(agentIds.map((agentId) => [agentId, known.get(agentId) ?? null]));
  const rows = await boundedRead(transaction, () => readHours(transaction, { from, until }, baselines));
  const hours = new Map(rows.map((row) => [`${row.agentId} ${row.hour.getTime()}`, row]));
  const scoreAt = (agentId: string, index: number): number | null => {
    const row = hours.get(`${agentId} ${from + index * HOUR_MS}`);
    return row === undefined ? null : scoreOf(row, baselines.get(agentId) ?? null);
  };
  return {
    since: new Date(from).toISOString(),
    items: agentIds.map((agentId) => ({
      agent_id: agentId,
      scores: Array.from({ length: HISTORY_HOURS }, (_, index) => scoreAt(agentId, index)),
    })),
  };
}

/** The first bucket of the latency histogram whose calls are slow. */
function slowBucket(baselineP95Ms: number): number {
  const limit = slowAboveMs(baselineP95Ms);
  const bucket = latencyBucket(Math.ceil(limit));
  return latencyOfBucket(bucket) > limit ? bucket : bucket + 1;
}

/** No calls are in it. */
const NO_BUCKET = 32_767;

async function readHours(
  transaction: OrganizationTransaction,
  asked: { from: number; until: number },
  baselines: ReadonlyMap<string, number | null>,
): Promise<HourRow[]> {
  const { rows: traffic } = await trafficOf(transaction, asked, 'hour');
  const slowFrom = [...baselines.values()].map((p95) => (p95 === null ? NO_BUCKET : slowBucket(p95)));
  return transaction.send<HourRow>(Prisma.sql`
    WITH cell AS MATERIALIZED (
      SELECT agent_id, date_trunc('hour', time, 'UTC') AS hour, status, error_code, requests, slow_from,
        latency_buckets, latency_counts
      FROM ${traffic} AS traffic
      JOIN unnest(${[...baselines.keys()]}::uuid[], ${slowFrom}::int[]) AS wanted (agent_id, slow_from) USING (agent_id)
    ), outcome AS (
      SELECT agent_id, hour, jsonb_agg(jsonb_build_object('status', status, 'error_code', error_code,
        'requests', requests, 'last_at', hour)) AS outcomes
      FROM (SELECT agent_id, hour, status, error_code, sum(requests) AS requests FROM cell
        GROUP BY agent_id, hour, status, error_code) AS sums GROUP BY agent_id, hour
    ), latency AS (
      SELECT agent_id, hour, sum(count)::float8 AS slow
      FROM (SELECT agent_id, hour, slow_from, unnest(latency_buckets) AS bucket, unnest(latency_counts) AS count
        FROM cell WHERE status < 400 AND error_code = '') AS calls
      WHERE bucket >= slow_from GROUP BY agent_id, hour
    )
    SELECT agent_id AS "agentId", hour, outcomes, coalesce(slow, 0) AS slow
    FROM outcome LEFT JOIN latency USING (agent_id, hour)`);
}

function scoreOf({ outcomes, slow }: HourRow, baselineP95Ms: number | null): number | null {
  const latencies =
    baselineP95Ms === null ? { buckets: [], counts: [] } : { buckets: [slowBucket(baselineP95Ms)], counts: [slow] };
  const facts = { outcomes, latencies, baselineP95Ms, breakerOpenMs: 0, credentialEndsInMs: null };
  return healthScore(facts).score;
}
