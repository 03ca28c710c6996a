import {
  alignedRange,
  type TimeRange,
  type TrafficSpan,
  type TrafficState,
  type TrafficUnit,
  trafficSpans,
} from '../domain/traffic-spans.ts';
import type { OrganizationTransaction } from '../store/database.ts';
import { Prisma } from '../store/generated/client.ts';

const TABLES: Record<TrafficUnit, Prisma.Sql> = {
  minute: Prisma.sql`traffic_minute`,
  hour: Prisma.sql`traffic_hour`,
  day: Prisma.sql`traffic_day`,
};

/** An organization's traffic of a time, to select from. */
export interface Traffic {
  /** As far as minutes or hours can tell it: what is asked for, or a little more. */
  range: TimeRange;
  /** A subquery with the columns of `traffic_minute` (and `_hour`, `_day`), in which each call counts once. */
  rows: Prisma.Sql;
}

/** @param coarsest what the answer tells apart: spans of time, or everything else (`day`) */
export async function trafficOf(
  transaction: OrganizationTransaction,
  asked: TimeRange,
  coarsest: TrafficUnit = 'day',
): Promise<Traffic> {
  const state = await readState(transaction, asked);
  const range = alignedRange(asked, state);
  const spans = trafficSpans(range, state, coarsest);
  return { range, rows: Prisma.sql`(${Prisma.join(spans.map(rowsOf), ' UNION ALL ')})` };
}

async function readState(transaction: OrganizationTransaction, { from, until }: TimeRange): Promise<TrafficState> {
  const rows = await transaction.$queryRaw<{ minutes_from: Date; touched: Date[] }[]>`
    SELECT minutes_from, ARRAY(SELECT DISTINCT hour FROM traffic_touched
      WHERE organization_id = app_organization() AND hour < ${new Date(until)}
        AND hour >= date_trunc('day', ${new Date(from)}::timestamptz, 'UTC')) AS touched
    FROM traffic_watermark`;
  const [row] = rows;
  return {
    touchedHours: new Set(row?.touched.map((hour) => hour.getTime())),
    minutesFrom: row?.minutes_from.getTime() ?? 0,
  };
}

/** A range of its own for each span: the key of the tables begins with organization and time. */
function rowsOf({ unit, from, until }: TrafficSpan): Prisma.Sql {
  return Prisma.sql`SELECT * FROM ${TABLES[unit]} WHERE organization_id = app_organization()
    AND time >= ${new Date(from)} AND time < ${new Date(until)}`;
}
