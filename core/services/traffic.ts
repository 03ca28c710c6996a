import { DAY_MS } from '../domain/times.ts';
import {
  alignedRange,
  asAdded,
  type SignedSpan,
  type TimeRange,
  type TrafficState,
  type TrafficUnit,
  trafficSpans,
  trafficSpansByDay,
} from '../domain/traffic-spans.ts';
import type { OrganizationTransaction } from '../store/database.ts';
import { Prisma } from '../store/generated/client.ts';
import { HOURS_KEPT_DAYS } from '../store/traffic-rollup.ts';

type Tables = Record<TrafficUnit, Prisma.Sql>;

const TABLES: Tables = {
  minute: Prisma.sql`traffic_minute`,
  hour: Prisma.sql`traffic_hour`,
  day: Prisma.sql`traffic_day`,
};
const LATENCY_TABLES: Tables = { ...TABLES, day: Prisma.sql`traffic_day_latency` };

/** An organization's traffic of a time, to select from. */
export interface Traffic {
  /** As far as minutes or hours can tell it: what is asked for, or a little more. */
  range: TimeRange;
  /** A subquery with the columns of `traffic_minute` (and `_hour`, `_day`), in which each call counts once; `sign` is 1. */
  rows: Prisma.Sql;
  /**
   * A subquery of the same calls' histograms, where nothing finer than agents and days is told apart: their times, agents,
   * `latency_buckets` and `latency_counts`, which are to be taken away where `sign` is -1. Of days there is one an agent: all
   * are a fraction of what `rows` have.
   */
  latencies: Prisma.Sql;
}

/** @param coarsest what the answer tells apart: spans of time, or everything else (`day`) */
export async function trafficOf(
  transaction: OrganizationTransaction,
  asked: TimeRange,
  coarsest: TrafficUnit = 'day',
): Promise<Traffic> {
  const state = await readState(transaction, asked);
  const range = alignedRange(asked, state);
  const spans = trafficSpans(range, state, coarsest).map(asAdded);
  // A day's margin: what forgets them has a clock of its own.
  const hoursFrom = Date.now() - (HOURS_KEPT_DAYS - 1) * DAY_MS;
  const latencySpans = coarsest === 'day' ? trafficSpansByDay(range, state, hoursFrom) : spans;
  return {
    range,
    rows: rowsOf(spans, TABLES, Prisma.sql`*`),
    latencies: rowsOf(latencySpans, LATENCY_TABLES, Prisma.sql`time, agent_id, latency_buckets, latency_counts`),
  };
}

async function readState(transaction: OrganizationTransaction, { from, until }: TimeRange): Promise<TrafficState> {
  const rows = await transaction.$queryRaw<{ minutes_from: Date; touched: Date[] }[]>`
    SELECT minutes_from, ARRAY(SELECT DISTINCT hour FROM traffic_touched
      WHERE organization_id = app_organization() AND hour < ${new Date(until)}::timestamptz + interval '1 day'
        AND hour >= date_trunc('day', ${new Date(from)}::timestamptz, 'UTC')) AS touched
    FROM traffic_watermark`;
  const [row] = rows;
  return {
    touchedHours: new Set(row?.touched.map((hour) => hour.getTime())),
    minutesFrom: row?.minutes_from.getTime() ?? 0,
  };
}

function rowsOf(spans: readonly SignedSpan[], tables: Tables, columns: Prisma.Sql): Prisma.Sql {
  // A range of its own for each span: the key of the tables begins with organization and time.
  const rows = spans.map(
    ({ unit, from, until, sign }) => Prisma.sql`SELECT ${columns}, ${sign}::float8 AS sign FROM ${tables[unit]}
      WHERE organization_id = app_organization() AND time >= ${new Date(from)} AND time < ${new Date(until)}`,
  );
  return Prisma.sql`(${Prisma.join(rows, ' UNION ALL ')})`;
}
