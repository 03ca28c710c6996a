import type pg from 'pg';
import { HOUR_MS, MINUTE_MS } from '../domain/times.ts';
import type { RequestLogRow } from './request-log-row.ts';
import { trafficCells } from './traffic-cells.ts';

/** Held by log writers together, and by the job alone while it moves the watermark below which minutes are gone. */
export const WATERMARK_LOCK = "hashtext('traffic_watermark')";

/** A sum beyond its column would keep its whole batch out, and with it the calls of other organizations. */
export const LARGEST_SPEND_MICROS = '9223372036854775807';

const KEY = 'organization_id, time, agent_id, agent_key_id, status, error_code';

// Sorted, so that two writers that meet wait instead of deadlocking.
const addTo = (table: string) => `
  INSERT INTO ${table} AS present (${KEY}, requests, bytes_in, bytes_out, spend_micros, retries, latency_buckets,
    latency_counts)
  SELECT ${KEY}, requests, bytes_in, bytes_out, spend_micros, retries, latency_buckets, latency_counts
  FROM jsonb_to_recordset($1) AS cell (organization_id uuid, time timestamptz, agent_id uuid, agent_key_id uuid,
    status smallint, error_code text, requests bigint, bytes_in bigint, bytes_out bigint, spend_micros bigint,
    retries bigint, latency_buckets smallint[], latency_counts bigint[])
  ORDER BY ${KEY}
  ON CONFLICT (${KEY}) DO UPDATE SET
    requests = present.requests + excluded.requests,
    bytes_in = present.bytes_in + excluded.bytes_in,
    bytes_out = present.bytes_out + excluded.bytes_out,
    spend_micros = least(present.spend_micros::numeric + excluded.spend_micros, ${LARGEST_SPEND_MICROS}),
    retries = present.retries + excluded.retries,
    (latency_buckets, latency_counts) = (SELECT * FROM merge_latencies(present.latency_buckets, present.latency_counts,
      excluded.latency_buckets, excluded.latency_counts))`;

const ADD_TO_MINUTES = addTo('traffic_minute');
const ADD_TO_HOURS = addTo('traffic_hour');

// The update takes the row's lock until the commit: the job, which deletes the mark before it adds up, either waits and
// sees these calls, or comes first and finds a new mark next time.
const MARK_HOURS = `
  INSERT INTO traffic_touched (hour, organization_id, agent_id)
  SELECT * FROM unnest($1::timestamptz[], $2::uuid[], $3::uuid[]) AS mark (hour, organization_id, agent_id) ORDER BY 1, 2, 3
  ON CONFLICT (hour, organization_id, agent_id) DO UPDATE SET touched_at = now()`;

/**
 * Adds rows to the traffic's minutes and marks their hours, for the job that makes hours and days. Of a time whose minutes
 * are gone already, they go straight into its hours. Part of the batch's transaction, so that none counts twice.
 */
export async function countTraffic(client: pg.ClientBase, rows: readonly RequestLogRow[]): Promise<void> {
  await client.query(`SELECT pg_advisory_xact_lock_shared(${WATERMARK_LOCK})`);
  const { rows: found } = await client.query<{ minutes_from: Date }>('SELECT minutes_from FROM traffic_watermark');
  const minutesFrom = found[0]?.minutes_from.getTime() ?? 0;
  const fresh = rows.filter((row) => row.time >= minutesFrom);
  const late = fresh.length === rows.length ? [] : rows.filter((row) => row.time < minutesFrom);
  await client.query(MARK_HOURS, marksOf(rows));
  if (fresh.length > 0) await client.query(ADD_TO_MINUTES, [JSON.stringify(trafficCells(fresh, MINUTE_MS))]);
  if (late.length > 0) await client.query(ADD_TO_HOURS, [JSON.stringify(trafficCells(late, HOUR_MS))]);
}

/** The parameters of MARK_HOURS. */
function marksOf(rows: readonly RequestLogRow[]): [hours: Date[], organizationIds: string[], agentIds: string[]] {
  const marks = new Map<string, RequestLogRow>();
  for (const row of rows) marks.set(`${row.agentId}${Math.floor(row.time / HOUR_MS)}`, row);
  const marked = [...marks.values()];
  return [
    marked.map(({ time }) => new Date(time - (time % HOUR_MS))),
    marked.map(({ organizationId }) => organizationId),
    marked.map(({ agentId }) => agentId),
  ];
}
