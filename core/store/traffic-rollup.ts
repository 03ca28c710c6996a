import type pg from 'pg';
import { LARGEST_SPEND_MICROS, WATERMARK_LOCK } from './count-traffic.ts';
import { inTransaction } from './pool-transaction.ts';

/** Agents whose hour one transaction makes anew: log writers that add to these very minutes wait for it. */
const AGENTS_AT_ONCE = 100;

/** Minutes are kept for three days, hours for 400, days for ever. */
export const MINUTES_KEPT_HOURS = 72;
export const HOURS_KEPT_DAYS = 400;

// The oldest touched hour, and agents of it. The deletion waits for writers that are about to mark the same.
const TAKE_MARKS = `
  DELETE FROM traffic_touched t USING (
    SELECT hour, organization_id, agent_id FROM traffic_touched
    WHERE hour = (SELECT min(hour) FROM traffic_touched)
    ORDER BY organization_id, agent_id LIMIT ${AGENTS_AT_ONCE} FOR UPDATE) AS due
  WHERE t.hour = due.hour AND t.organization_id = due.organization_id AND t.agent_id = due.agent_id
  RETURNING t.hour, t.organization_id AS "organizationId", t.agent_id AS "agentId",
    t.hour >= (SELECT minutes_from FROM traffic_watermark) AS "hasMinutes"`;

// An agent belongs to one organization: these pairs and no others.
const AGENTS = 'organization_id = ANY ($1::uuid[]) AND agent_id = ANY ($2::uuid[])';
const KEY = 'organization_id, agent_id, agent_key_id, status, error_code';
const beginOf = (unit: 'hour' | 'day') => `date_trunc('${unit}', $3::timestamptz, 'UTC')`;

/** The agents' hour (or day) is deleted and added up anew from its minutes (or hours): any number of times, with one result. */
const REPLACE_HOUR = replacing('traffic_hour', 'traffic_minute', 'hour');
const REPLACE_DAY = [...replacing('traffic_day', 'traffic_hour', 'day'), ...mergingLatencies()];

function replacing(table: string, parts: string, unit: 'hour' | 'day'): string[] {
  const begin = beginOf(unit);
  return [
    `DELETE FROM ${table} WHERE ${AGENTS} AND time = ${begin}`,
    `WITH part AS MATERIALIZED (
      SELECT * FROM ${parts} WHERE ${AGENTS} AND time >= ${begin} AND time < ${begin} + interval '1 ${unit}'
    ), sums AS (
      SELECT ${KEY}, sum(requests) AS requests, sum(bytes_in) AS bytes_in, sum(bytes_out) AS bytes_out,
        least(sum(spend_micros), ${LARGEST_SPEND_MICROS}) AS spend_micros, sum(retries) AS retries
      FROM part GROUP BY ${KEY}
    ), buckets AS (
      SELECT ${KEY}, bucket, sum(count)::bigint AS count
      FROM part, unnest(latency_buckets, latency_counts) AS latency (bucket, count) GROUP BY ${KEY}, bucket
    ), latencies AS (
      SELECT ${KEY}, array_agg(bucket ORDER BY bucket) AS latency_buckets, array_agg(count ORDER BY bucket) AS latency_counts
      FROM buckets GROUP BY ${KEY}
    )
    INSERT INTO ${table} (time, ${KEY}, requests, bytes_in, bytes_out, spend_micros, retries, latency_buckets,
      latency_counts)
    SELECT ${begin}, ${KEY}, requests, bytes_in, bytes_out, spend_micros, retries, latency_buckets, latency_counts
    FROM sums JOIN latencies USING (${KEY})`,
  ];
}

/** One histogram of an agent's day out of those of its cells. */
function mergingLatencies(): string[] {
  const isOfDay = `${AGENTS} AND time = ${beginOf('day')}`;
  return [
    `DELETE FROM traffic_day_latency WHERE ${isOfDay}`,
    `INSERT INTO traffic_day_latency (time, organization_id, agent_id, latency_buckets, latency_counts)
    SELECT time, organization_id, agent_id, array_agg(bucket ORDER BY bucket), array_agg(count ORDER BY bucket)
    FROM (SELECT time, organization_id, agent_id, bucket, sum(count)::bigint AS count
      FROM traffic_day, unnest(latency_buckets, latency_counts) AS latency (bucket, count)
      WHERE ${isOfDay} GROUP BY time, organization_id, agent_id, bucket) AS buckets
    GROUP BY time, organization_id, agent_id`,
  ];
}

interface Mark {
  hour: Date;
  organizationId: string;
  agentId: string;
  /** Else its calls came late and are in the hour already. */
  hasMinutes: boolean;
}

/**
 * Makes hours and days of the traffic from its minutes, wherever a log writer added to them since, however late. Only
 * where a mark says so; a run that dies half-way leaves its marks to the next.
 * @param onProgress called after each transaction
 */
export async function rollUpTraffic(pool: pg.Pool, onProgress: () => void): Promise<void> {
  while (await inTransaction(pool, rollUpNext)) onProgress();
}

/** @returns whether there was anything to do */
async function rollUpNext(client: pg.PoolClient): Promise<boolean> {
  // Two jobs at once would both make the same day.
  await client.query("SELECT pg_advisory_xact_lock(hashtext('traffic_rollup'))");
  const { rows: marks } = await client.query<Mark>(TAKE_MARKS);
  const [first] = marks;
  if (first === undefined) return false;
  const agents = [[...new Set(marks.map((mark) => mark.organizationId))], marks.map((mark) => mark.agentId)];
  const statements = first.hasMinutes ? [...REPLACE_HOUR, ...REPLACE_DAY] : REPLACE_DAY;
  for (const statement of statements) await client.query(statement, [...agents, first.hour]);
  return true;
}

// Below a mark that waits its minutes are still needed.
const MOVE_WATERMARK = `
  UPDATE traffic_watermark SET minutes_from = greatest(minutes_from, least(
    date_trunc('hour', now(), 'UTC') - interval '${MINUTES_KEPT_HOURS} hours',
    (SELECT coalesce(min(hour), 'infinity') FROM traffic_touched)))`;

/** Forgets minutes and hours that are old enough. Calls that come later than their minutes are kept go straight into hours. */
export async function forgetOldTraffic(pool: pg.Pool): Promise<void> {
  await inTransaction(pool, async (client) => {
    // No writer is between reading the watermark and its commit.
    await client.query(`SELECT pg_advisory_xact_lock(${WATERMARK_LOCK})`);
    await client.query(MOVE_WATERMARK);
  });
  await pool.query('DELETE FROM traffic_minute WHERE time < (SELECT minutes_from FROM traffic_watermark)');
  await pool.query(`DELETE FROM traffic_hour WHERE time < now() - interval '${HOURS_KEPT_DAYS} days'`);
}
