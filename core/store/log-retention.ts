import type pg from 'pg';
import { DAY_MS } from '../domain/times.ts';

/** Partitions are there before the first call of their day. */
const DAYS_AHEAD = 7;

/** What one statement deletes at most: an hour of one organization's logs. */
const SLOTS_AT_ONCE = 6;

export async function makeLogPartitionsAhead(pool: pg.Pool): Promise<void> {
  await pool.query(
    `SELECT ensure_request_log_partition((now() AT TIME ZONE 'UTC')::date + ahead) FROM generate_series(0, ${DAYS_AHEAD}) AS ahead`,
  );
}

const DAYS_OF_NOBODY = `
  SELECT day::text FROM request_log_days() AS day
  WHERE (day + 1)::timestamp AT TIME ZONE 'UTC' <= now() - make_interval(days => (SELECT coalesce(max(retention_days), 30) FROM log_retentions()))
  ORDER BY day`;

/**
 * Drops the days that no organization's plan keeps any more. The database refuses to drop others.
 * @param onProgress called after each day
 */
export async function dropExpiredLogDays(pool: pg.Pool, onProgress: () => void): Promise<void> {
  const { rows } = await pool.query<{ day: string }>(DAYS_OF_NOBODY);
  for (const { day } of rows) {
    await pool.query('SELECT drop_request_log_partition($1)', [day]);
    onProgress();
  }
}

const SHORTER_RETENTIONS = `
  SELECT organization_id AS "organizationId", retention_days AS "retentionDays" FROM log_retentions()
  WHERE retention_days < (SELECT max(retention_days) FROM log_retentions())`;

// Row-level security shows a job only what its organization's plan no longer keeps; the slots are for the index.
const OLDEST_EXPIRED = `
  SELECT slot FROM request_log WHERE organization_id = $1 AND time < now() - make_interval(days => $2)
    AND slot <= floor(extract(epoch FROM now() - make_interval(days => $2)) / 600) ORDER BY slot LIMIT 1`;
const DELETE_EXPIRED = `DELETE FROM request_log WHERE organization_id = $1 AND slot BETWEEN $2 AND $2 + ${SLOTS_AT_ONCE - 1}`;

/**
 * Deletes the logs of organizations whose plan keeps them for less long than another's does, hour by hour.
 * @param onProgress called after each hour
 */
export async function deleteExpiredLogs(pool: pg.Pool, onProgress: () => void): Promise<void> {
  const { rows } = await pool.query<{ organizationId: string; retentionDays: number }>(SHORTER_RETENTIONS);
  for (const { organizationId, retentionDays } of rows) {
    for (;;) {
      const { rows: oldest } = await pool.query<{ slot: number }>(OLDEST_EXPIRED, [organizationId, retentionDays]);
      const [first] = oldest;
      if (first === undefined) break;
      await pool.query(DELETE_EXPIRED, [organizationId, first.slot]);
      onProgress();
    }
  }
}

/** Request logs of calls longer ago are written no more, however late their spool is found. */
const ROWS_TAKEN_DAYS = 390;

/** Longer by more than clocks ever differ. */
const WRITERS_KEPT_DAYS = 400;

/** @param now milliseconds since the epoch */
export function rowsTakenFrom(now: number): number {
  return now - ROWS_TAKEN_DAYS * DAY_MS;
}

/**
 * Forgets relay processes that wrote nothing for so long that their last batch's number guards nothing any more. Until then
 * somebody may hold batches that are in: the heir of a spool whose machine stood still, or a process that did itself. Their
 * rows were written by then, so all of them are of calls too long ago to be taken.
 */
export async function forgetOldLogWriters(pool: pg.Pool): Promise<void> {
  await pool.query(`DELETE FROM request_log_writer WHERE written_at < now() - interval '${WRITERS_KEPT_DAYS} days'`);
}
