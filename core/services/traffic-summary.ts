import { latencyQuantiles } from '../domain/latency-histogram.ts';
import { DAY_MS } from '../domain/times.ts';
import type { TimeRange, TrafficUnit } from '../domain/traffic-spans.ts';
import { boundedRead } from '../store/bounded-read.ts';
import type { OrganizationTransaction } from '../store/database.ts';
import { Prisma } from '../store/generated/client.ts';
import { currencyOf } from './currencies.ts';
import type { StatusRange } from './request-logs.ts';
import { trafficOf } from './traffic.ts';
import { decodeTrafficCursor, encodeTrafficCursor } from './traffic-cursor.ts';
import { groupKeys, type TrafficGroup } from './traffic-groups.ts';

export interface TrafficQuestion {
  groupBy: TrafficGroup;
  agentId?: string | undefined;
  status?: StatusRange | undefined;
  since: Date;
  until?: Date | undefined;
  limit: number;
  cursor?: string | undefined;
}

interface SummaryRow extends Sums {
  key: string;
  /** In no order. */
  buckets: number[];
  counts: number[];
  total: Sums;
  top_errors: { status: number; error_code: string; requests: number }[] | null;
}

interface Sums {
  requests: number;
  errors: number;
  bytes_in: number;
  bytes_out: number;
  spend_micros: number;
}

const NO_CALLS: Sums = { requests: 0, errors: 0, bytes_in: 0, bytes_out: 0, spend_micros: 0 };

/** What an error is: an answer of 400 or more, whether the upstream's or the relay's own. */
const SUMS = Prisma.sql`sum(requests)::float8 AS requests, coalesce(sum(requests) FILTER (WHERE status >= 400), 0)::float8 AS errors,
  sum(bytes_in)::float8 AS bytes_in, sum(bytes_out)::float8 AS bytes_out, sum(spend_micros)::float8 AS spend_micros`;

const TIME_IN_TEXT = Prisma.sql`to_char(key AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')`;

const SHARES = [0.5, 0.95, 0.99];
const TOP_ERRORS = 5;

/** More than a latency has buckets. */
const PLACE = Prisma.raw('1024');

/**
 * An organization's traffic added up by what the question tells apart: most calls first, or in order of time. Latencies come
 * from merged histograms, never from averages. The cursor holds the range fast, so pages do not shift while time goes on.
 */
export async function summarizeTraffic(transaction: OrganizationTransaction, question: TrafficQuestion) {
  const now = Date.now();
  const position = decodeTrafficCursor(question.cursor);
  // To the end of the day, which is read as a whole: there are no calls of the future.
  const asked: TimeRange = position?.range ?? {
    from: question.since.getTime(),
    until: question.until?.getTime() ?? Math.ceil(now / DAY_MS) * DAY_MS,
  };
  const offset = position?.offset ?? 0;
  const { range, rows } = await boundedRead(transaction, () => readRows(transaction, question, asked, offset));
  const currency = await currencyOf(transaction);
  const keys = await groupKeys(
    transaction,
    question.groupBy,
    rows.map(({ key }) => key),
  );
  const [first] = rows;
  const next = offset + question.limit;
  return {
    since: new Date(range.from).toISOString(),
    until: new Date(Math.min(range.until, now)).toISOString(),
    group_by: question.groupBy,
    total: told(first?.total ?? NO_CALLS, currency),
    top_errors: (first?.top_errors ?? []).map((error) => ({ ...error, error_code: error.error_code || null })),
    items: rows.slice(0, question.limit).map((row, index) => {
      const [p50_ms = 0, p95_ms = 0, p99_ms = 0] = quantilesOf(row);
      return { ...(keys[index] ?? { key: row.key, id: null }), ...told(row, currency), p50_ms, p95_ms, p99_ms };
    }),
    next_cursor: rows.length > question.limit ? encodeTrafficCursor({ range: asked, offset: next }) : null,
  };
}

/** Sorting a page's buckets here takes a third of the time that it takes Postgres. */
function quantilesOf({ buckets, counts }: SummaryRow): number[] {
  const ascending = buckets.map((_, index) => index).sort((one, other) => (buckets[one] ?? 0) - (buckets[other] ?? 0));
  return latencyQuantiles(
    ascending.map((index) => buckets[index] ?? 0),
    ascending.map((index) => counts[index] ?? 0),
    SHARES,
  );
}

function told({ requests, errors, bytes_in, bytes_out, spend_micros }: Sums, currency: string | null) {
  return {
    requests,
    errors,
    error_rate: requests === 0 ? 0 : errors / requests,
    bytes_in,
    bytes_out,
    spend: { amount: spend_micros / 1_000_000, currency },
  };
}

async function readRows(
  transaction: OrganizationTransaction,
  { groupBy, agentId, status, limit }: TrafficQuestion,
  asked: TimeRange,
  offset: number,
) {
  const traffic = await trafficOf(transaction, asked, unitOf(groupBy));
  // Merged histograms are of all of an agent's calls, whatever their statuses and keys.
  const isOfCells = status !== undefined || groupBy === 'status' || groupBy === 'agent_key';
  const conditions = [
    ...(agentId === undefined ? [] : [Prisma.sql`agent_id = ${agentId}::uuid`]),
    ...(status === undefined ? [] : [Prisma.sql`status BETWEEN ${status.from} AND ${status.to}`]),
  ];
  const filter = conditions.length === 0 ? Prisma.empty : Prisma.sql`WHERE ${Prisma.join(conditions, ' AND ')}`;
  const partsOf = (rows: Prisma.Sql) =>
    Prisma.sql`(SELECT ${KEYS[groupBy]} AS key, * FROM ${rows} AS traffic ${filter}) AS part`;
  const order = isInTime(groupBy) ? Prisma.sql`key` : Prisma.sql`requests DESC, key`;
  // The traffic is read twice: keeping its histograms in between takes longer. They are added up by one whole number that
  // stands for a group's place and a bucket, in a third less time than by the two.
  const rows = await transaction.send<SummaryRow>(Prisma.sql`
    WITH cell AS MATERIALIZED (
      SELECT key, status, error_code, sum(requests) AS requests, sum(bytes_in) AS bytes_in, sum(bytes_out) AS bytes_out,
        sum(spend_micros) AS spend_micros
      FROM ${partsOf(traffic.rows)} GROUP BY key, status, error_code
    ), page AS MATERIALIZED (
      SELECT *, row_number() OVER (ORDER BY ${order})::int AS place
      FROM (SELECT key, ${SUMS} FROM cell GROUP BY key ORDER BY ${order} LIMIT ${limit + 1} OFFSET ${offset}) AS shown
    ), latency AS (
      SELECT sign, place * ${PLACE} + unnest(latency_buckets) AS code, unnest(latency_counts) AS count
      FROM ${partsOf(isOfCells ? traffic.rows : traffic.latencies)} JOIN page USING (key)
    ), histogram AS (
      SELECT code / ${PLACE} AS place, array_agg(code % ${PLACE}) AS buckets, array_agg(count) AS counts
      FROM (SELECT code, sum(sign * count) AS count FROM latency GROUP BY code) AS calls GROUP BY 1
    )
    SELECT ${isInTime(groupBy) ? TIME_IN_TEXT : Prisma.sql`key::text`} AS key, page.requests, errors, bytes_in, bytes_out, spend_micros,
      coalesce(buckets, '{}') AS buckets, coalesce(counts, '{}') AS counts, (SELECT to_jsonb(sums) FROM (SELECT ${SUMS} FROM cell) AS sums) AS total,
      (SELECT jsonb_agg(error) FROM (
        SELECT status, error_code, sum(requests)::float8 AS requests FROM cell WHERE status >= 400
        GROUP BY status, error_code ORDER BY 3 DESC, 1, 2 LIMIT ${TOP_ERRORS}) AS error) AS top_errors
    FROM page LEFT JOIN histogram USING (place) ORDER BY place`);
  return { range: traffic.range, rows };
}

const KEYS: Record<TrafficGroup, Prisma.Sql> = {
  none: Prisma.sql`0`,
  agent: Prisma.sql`agent_id`,
  agent_key: Prisma.sql`agent_key_id`,
  status: Prisma.sql`status`,
  minute: Prisma.sql`date_trunc('minute', time, 'UTC')`,
  hour: Prisma.sql`date_trunc('hour', time, 'UTC')`,
  day: Prisma.sql`date_trunc('day', time, 'UTC')`,
};

function isInTime(group: TrafficGroup): group is TrafficUnit {
  return group === 'minute' || group === 'hour' || group === 'day';
}

function unitOf(group: TrafficGroup): TrafficUnit {
  return isInTime(group) ? group : 'day';
}
