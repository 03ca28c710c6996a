import { HOUR_MS } from '../domain/times.ts';
import { WATERMARK_LOCK } from '../store/count-traffic.ts';
import type { OrganizationTransaction } from '../store/database.ts';
import { Prisma } from '../store/generated/client.ts';
import { recordSystemEvent } from './audit.ts';
import { readMonthlyUse } from './usage.ts';

/** What the logs say of an hour, and what was counted. */
interface Recount {
  logged: number;
  counted: number;
  isSame: boolean;
}

/**
 * Compares an hour's traffic with the request log, and writes it anew where it differs. Left alone are hours that are about
 * to be made anyway, hours whose minutes are gone, and those of which no log is left: figures outlive logs.
 * @param hour its beginning, milliseconds since the epoch
 * @returns whether it was corrected
 */
export async function reconcileHour(transaction: OrganizationTransaction, hour: number): Promise<boolean> {
  const span = [new Date(hour), new Date(hour + HOUR_MS)] as const;
  if (!isWrong(await recount(transaction, span))) return false;
  // Log writers take the first before the second. While both are held, logs and counts stand still together.
  await lockCounter(transaction, new Date(hour).toISOString().slice(0, 7));
  await transaction.$queryRawUnsafe(`SELECT pg_advisory_xact_lock(${WATERMARK_LOCK})::text`);
  const found = await recount(transaction, span);
  if (!isWrong(found)) return false;
  const [since, before] = span;
  // Agents that have no call in the log lose the ones that were counted.
  await transaction.$executeRaw`
    INSERT INTO traffic_touched (hour, organization_id, agent_id)
    SELECT DISTINCT ${since}::timestamptz, organization_id, agent_id FROM (
      SELECT organization_id, agent_id FROM traffic_hour WHERE organization_id = app_organization() AND time = ${since}
      UNION SELECT organization_id, agent_id FROM recount_traffic('hour', ${since}, ${before})) AS either
    ON CONFLICT (hour, organization_id, agent_id) DO UPDATE SET touched_at = now()`;
  await transaction.$executeRaw`
    DELETE FROM traffic_minute WHERE organization_id = app_organization() AND time >= ${since} AND time < ${before}`;
  await transaction.$executeRaw`INSERT INTO traffic_minute SELECT * FROM recount_traffic('minute', ${since}, ${before})`;
  await recordCorrection(transaction, { hour: since.toISOString(), from: found.counted, to: found.logged });
  return true;
}

function isWrong(found: Recount | undefined): found is Recount {
  return found !== undefined && !found.isSame && found.logged > 0;
}

/** Undefined where hours are not to be compared. */
async function recount(
  transaction: OrganizationTransaction,
  [since, before]: readonly [Date, Date],
): Promise<Recount | undefined> {
  const hours = Prisma.sql`SELECT * FROM traffic_hour WHERE organization_id = app_organization() AND time = ${since}`;
  const rows = await transaction.$queryRaw<Recount[]>`
    WITH logged AS MATERIALIZED (SELECT * FROM recount_traffic('hour', ${since}, ${before})),
      counted AS MATERIALIZED (${hours})
    SELECT (SELECT coalesce(sum(requests), 0) FROM logged)::float8 AS logged,
      (SELECT coalesce(sum(requests), 0) FROM counted)::float8 AS counted,
      NOT EXISTS ((SELECT * FROM logged EXCEPT SELECT * FROM counted) UNION ALL (SELECT * FROM counted EXCEPT SELECT * FROM logged))
        AS "isSame"
    FROM traffic_watermark WHERE minutes_from <= ${since}
      AND NOT EXISTS (SELECT FROM traffic_touched WHERE organization_id = app_organization() AND hour = ${since})`;
  return rows[0];
}

/**
 * Has a day made anew of its hours where it is not their sum, or where its latencies are not of as many calls.
 * @param day its beginning
 * @returns whether it was wrong
 */
export async function reconcileDay(transaction: OrganizationTransaction, day: Date): Promise<boolean> {
  const columns = Prisma.sql`agent_id, agent_key_id, status, error_code, sum(requests) AS requests, sum(bytes_in), sum(bytes_out),
    sum(spend_micros)`;
  const groups = Prisma.sql`GROUP BY agent_id, agent_key_id, status, error_code`;
  const agents = await transaction.$executeRaw`
    WITH hours AS (SELECT ${columns} FROM traffic_hour WHERE organization_id = app_organization()
        AND time >= ${day} AND time < ${day}::timestamptz + interval '1 day' ${groups}),
      whole AS (SELECT ${columns} FROM traffic_day WHERE organization_id = app_organization() AND time = ${day} ${groups}),
      calls AS (SELECT agent_id, sum(requests) AS requests FROM whole GROUP BY agent_id),
      latencies AS (SELECT agent_id, (SELECT sum(count) FROM unnest(latency_counts) AS count) AS requests
        FROM traffic_day_latency WHERE organization_id = app_organization() AND time = ${day}),
      wrong AS (
        SELECT agent_id FROM ((SELECT * FROM hours EXCEPT SELECT * FROM whole) UNION (SELECT * FROM whole EXCEPT SELECT * FROM hours)) AS sums
        UNION SELECT agent_id FROM calls FULL JOIN latencies USING (agent_id)
          WHERE calls.requests IS DISTINCT FROM latencies.requests)
    INSERT INTO traffic_touched (hour, organization_id, agent_id)
    SELECT ${day}::timestamptz, app_organization(), agent_id FROM wrong WHERE NOT EXISTS (SELECT FROM traffic_touched
      WHERE organization_id = app_organization() AND hour >= ${day} AND hour < ${day}::timestamptz + interval '1 day')
    ON CONFLICT DO NOTHING`;
  if (agents === 0) return false;
  await recordCorrection(transaction, { day: day.toISOString().slice(0, 10), agents });
  return true;
}

/**
 * Makes the plan's counter of a month what its traffic says. Relays never let go of calls that they have counted, unless
 * told of a correction.
 * @param month such as `2026-11`
 * @returns whether it was corrected
 */
export async function reconcileCounter(
  transaction: OrganizationTransaction,
  month: string,
  now: number,
): Promise<boolean> {
  const used = async () => (await readMonthlyUse(transaction, month, now)).requests;
  if ((await readCounter(transaction, month)) === (await used())) return false;
  const counted = await lockCounter(transaction, month);
  const requests = await used();
  if (requests === counted) return false;
  await transaction.$executeRaw`
    UPDATE plan_use SET requests = ${requests}, corrections = corrections + ${requests < counted ? 1 : 0}
    WHERE organization_id = app_organization() AND month = ${`${month}-01`}::date`;
  await recordCorrection(transaction, { month, from: counted, to: requests });
  return true;
}

async function readCounter(transaction: OrganizationTransaction, month: string): Promise<number> {
  const row = await transaction.planUse.findFirst({ where: { month: new Date(`${month}-01`) } });
  return Number(row?.requests ?? 0);
}

/** While it is held, no log writer is between its count of the month and its commit. @returns what the counter says */
async function lockCounter(transaction: OrganizationTransaction, month: string): Promise<number> {
  const rows = await transaction.$queryRaw<{ requests: bigint }[]>`
    INSERT INTO plan_use (organization_id, month, requests) VALUES (app_organization(), ${`${month}-01`}::date, 0)
    ON CONFLICT (organization_id, month) DO UPDATE SET requests = plan_use.requests RETURNING requests`;
  return Number(rows[0]?.requests ?? 0);
}

async function recordCorrection(
  transaction: OrganizationTransaction,
  correction: Record<string, string | number>,
): Promise<void> {
  const { organizationId: id } = transaction;
  const { name } = await transaction.organization.findUniqueOrThrow({ where: { id }, select: { name: true } });
  const target = { kind: 'organization', id, name };
  await recordSystemEvent(transaction, { action: 'reconcile_usage', target, arguments: correction });
}
