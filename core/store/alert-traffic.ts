import {
  CallHistory,
  type CallPiece,
  LatencyHistory,
  type LatencyPiece,
  type WindowEdges,
} from '../domain/alert-windows.ts';
import { type TrafficSpan, type TrafficState, trafficSpans } from '../domain/traffic-spans.ts';

/** One statement: of the jobs' role, which sees all organizations, or of an organization's own transaction. */
export type Ask = <Row>(text: string, values: unknown[]) => Promise<Row[]>;

/** Whose calls: row-level security leaves out what the asking role may not see. */
export interface WhoseCalls {
  organizationIds: readonly string[];
  /** Null: all of the organizations' agents. */
  agentIds: readonly string[] | null;
}

const TRAFFIC_STATE = `
  SELECT minutes_from AS "minutesFrom", ARRAY(SELECT DISTINCT hour FROM traffic_touched
    WHERE organization_id = ANY ($1::uuid[]) AND hour >= date_trunc('hour', $2::timestamptz, 'UTC')) AS touched
  FROM traffic_watermark`;

async function readState(ask: Ask, { organizationIds }: WhoseCalls, from: Date): Promise<TrafficState> {
  const [row] = await ask<{ minutesFrom: Date; touched: Date[] }>(TRAFFIC_STATE, [organizationIds, from.toISOString()]);
  return {
    minutesFrom: row?.minutesFrom.getTime() ?? 0,
    touchedHours: new Set(row?.touched.map((hour) => hour.getTime())),
  };
}

/** The spans of all pieces, those side by side as one: hours where they lie within a piece and are complete. */
function spansOf({ times }: WindowEdges, state: TrafficState): TrafficSpan[] {
  const spans: TrafficSpan[] = [];
  for (const [piece, until] of times.slice(1).entries()) {
    for (const span of trafficSpans({ from: times[piece] ?? until, until }, state, 'hour')) {
      const last = spans.at(-1);
      if (last?.unit === span.unit && last.until === span.from) last.until = span.until;
      else spans.push(span);
    }
  }
  return spans;
}

const columns = `t.organization_id, t.agent_id, width_bucket(t.time, $3::timestamptz[]) - 1 AS piece, t.status, t.requests,
  t.spend_micros, t.latency_buckets, t.latency_counts`;

/** The rows of $1's organizations and $2's agents (null: all) in the spans, each with its piece. */
const rowsOf = (table: string, from: string, until: string) => `
  SELECT ${columns} FROM unnest(${from}::timestamptz[], ${until}::timestamptz[]) AS span (since, before)
  JOIN ${table} t ON t.organization_id = ANY ($1::uuid[]) AND t.time >= span.since AND t.time < span.before
  WHERE $2::uuid[] IS NULL OR t.agent_id = ANY ($2::uuid[])`;
const ROWS = `(${rowsOf('traffic_minute', '$4', '$5')} UNION ALL ${rowsOf('traffic_hour', '$6', '$7')}) AS traffic`;

const SUMS = `
  SELECT agent_id AS "agentId", piece, sum(requests)::float8 AS requests,
    coalesce(sum(requests) FILTER (WHERE status >= 400), 0)::float8 AS errors,
    coalesce(sum(requests) FILTER (WHERE status >= 500), 0)::float8 AS "serverErrors",
    coalesce(sum(requests) FILTER (WHERE status = 429), 0)::float8 AS throttled,
    sum(spend_micros)::float8 AS "spendMicros"
  FROM ${ROWS} GROUP BY agent_id, piece`;

const LATENCIES = `
  SELECT "agentId", piece, array_agg(bucket::int ORDER BY bucket) AS buckets, array_agg(count ORDER BY bucket) AS counts
  FROM (SELECT agent_id AS "agentId", piece, bucket, sum(count)::float8 AS count
    FROM ${ROWS}, unnest(latency_buckets, latency_counts) AS latency (bucket, count) GROUP BY agent_id, piece, bucket) AS latency
  GROUP BY "agentId", piece`;

async function read<Row>(ask: Ask, statement: string, whose: WhoseCalls, edges: WindowEdges): Promise<Row[]> {
  const [first] = edges.times;
  if (first === undefined) return [];
  const spans = spansOf(edges, await readState(ask, whose, new Date(first)));
  const texts = (times: readonly number[]) => times.map((time) => new Date(time).toISOString());
  const limits = (unit: string) => {
    const some = spans.filter((span) => span.unit === unit);
    return [texts(some.map(({ from }) => from)), texts(some.map(({ until }) => until))];
  };
  return ask<Row>(statement, [
    whose.organizationIds,
    whose.agentIds,
    texts(edges.times),
    ...limits('minute'),
    ...limits('hour'),
  ]);
}

/** Agents' calls, by agent ID; from hours as far as those are complete, else from minutes, so that each counts once. */
export async function readCallHistories(
  ask: Ask,
  whose: WhoseCalls,
  edges: WindowEdges,
): Promise<Map<string, CallHistory>> {
  const rows = await read<CallPiece & { agentId: string }>(ask, SUMS, whose, edges);
  return mapOf(rows, (pieces) => new CallHistory(edges, pieces));
}

/** The same of their latencies. */
export async function readLatencyHistories(
  ask: Ask,
  whose: WhoseCalls,
  edges: WindowEdges,
): Promise<Map<string, LatencyHistory>> {
  const rows = await read<LatencyPiece & { agentId: string }>(ask, LATENCIES, whose, edges);
  return mapOf(rows, (pieces) => new LatencyHistory(edges, pieces));
}

function mapOf<Row extends { agentId: string }, History>(
  rows: readonly Row[],
  historyOf: (rows: Row[]) => History,
): Map<string, History> {
  const groups = Map.groupBy(rows, ({ agentId }) => agentId);
  return new Map([...groups].map(([agentId, pieces]) => [agentId, historyOf(pieces)]));
}
