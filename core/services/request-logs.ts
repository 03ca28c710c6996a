import type { OrganizationTransaction } from '../store/database.ts';
import { Prisma } from '../store/generated/client.ts';
import { SLOT_MS } from '../store/request-log-row.ts';
import { decodeCursor, isTime, type Page, type Position, toPage } from './pages.ts';

export interface StatusRange {
  from: number;
  to: number;
}

/** `5xx` or `503` as the range of statuses it means; undefined when it is neither. */
export function parseStatus(text: string): StatusRange | undefined {
  const [, hundreds, rest] = /^([1-5])(xx|\d\d)$/.exec(text) ?? [];
  if (hundreds === undefined || rest === undefined) return undefined;
  return rest === 'xx'
    ? { from: Number(hundreds) * 100, to: Number(hundreds) * 100 + 99 }
    : { from: Number(text), to: Number(text) };
}

export interface RequestLogListing {
  agentId?: string | undefined;
  status?: StatusRange | undefined;
  since: Date;
  until?: Date | undefined;
  limit: number;
  cursor?: string | undefined;
}

interface RequestLogRow {
  id: string;
  time: Date;
  agent: string | null;
  method: string;
  path: string;
  status: number;
  error_code: string | null;
  latency_ms: number;
  upstream_latency_ms: number | null;
  bytes_in: bigint;
  bytes_out: bigint;
  retry_count: number;
  spend_micros: bigint | null;
}

/** The conditions that every query over request logs shares; always bound in time. */
export function logConditions({
  agentId,
  status,
  since,
  until,
}: Omit<RequestLogListing, 'limit' | 'cursor'>): Prisma.Sql {
  return Prisma.join(
    [
      Prisma.sql`l.organization_id = app_organization()`,
      Prisma.sql`l.time >= ${since}`,
      ...(until === undefined ? [] : [Prisma.sql`l.time < ${until}`]),
      ...(agentId === undefined ? [] : [Prisma.sql`l.agent_id = ${agentId}::uuid`]),
      ...(status === undefined ? [] : [Prisma.sql`l.status BETWEEN ${status.from} AND ${status.to}`]),
      // In these words the index of failures is found, whatever the parameters turn out to be.
      ...(status === undefined || status.from < 400 ? [] : [Prisma.sql`l.status >= 400`]),
    ],
    ' AND ',
  );
}

/** A busy agent or organization fills a page within this time, which is found by time alone. */
const LAST_MOMENTS_MS = 1_000;

/**
 * The newest first; the cursor is stable under inserts. Slots of ten minutes are what the indexes go by: a page is sorted
 * out of as many as it takes, so where one holds too many calls for that, the last moments are looked at first.
 */
export async function listRequestLogs(transaction: OrganizationTransaction, listing: RequestLogListing) {
  const position = decodeCursor(listing.cursor, isTime);
  const newest = position === undefined ? (listing.until ?? new Date()) : new Date(position.sort);
  const recent = new Date(Math.max(newest.getTime() - LAST_MOMENTS_MS, listing.since.getTime()));
  let rows = await readRows(transaction, { ...listing, since: recent }, position);
  if (rows.length <= listing.limit) rows = await readRows(transaction, listing, position);
  return toPage(
    rows,
    listing.limit,
    (row) => ({
      ...row,
      agent: row.agent ?? 'unknown',
      time: row.time.toISOString(),
      bytes_in: Number(row.bytes_in),
      bytes_out: Number(row.bytes_out),
      spend_micros: row.spend_micros === null ? null : Number(row.spend_micros),
    }),
    ({ time, id }) => ({ sort: time.toISOString(), id }),
  ) satisfies Page<unknown>;
}

function readRows(
  transaction: OrganizationTransaction,
  listing: RequestLogListing,
  position: Position | undefined,
): Promise<RequestLogRow[]> {
  const newest = position === undefined ? listing.until : new Date(position.sort);
  const conditions = [
    logConditions(listing),
    ...(position === undefined
      ? []
      : [Prisma.sql`(l.time, l.id) < (${new Date(position.sort)}, ${position.id}::uuid)`]),
    ...(newest === undefined ? [] : [Prisma.sql`l.time <= ${newest} AND l.slot <= ${slotOf(newest)}`]),
    Prisma.sql`l.slot >= ${slotOf(listing.since)}`,
  ];
  // Failures are few: their index goes by time itself.
  const order =
    listing.status !== undefined && listing.status.from >= 400
      ? Prisma.sql`l.time DESC, l.id DESC`
      : Prisma.sql`l.slot DESC, l.time DESC, l.id DESC`;
  return transaction.$queryRaw<RequestLogRow[]>`
    SELECT l.id, l.time, a.name AS agent, l.method, l.path, l.status, nullif(l.error_code, '') AS error_code, l.latency_ms, l.upstream_latency_ms,
      l.bytes_in, l.bytes_out, l.retry_count, l.spend_micros
    FROM request_log l LEFT JOIN agent a ON a.id = l.agent_id
    WHERE ${Prisma.join(conditions, ' AND ')} ORDER BY ${order} LIMIT ${listing.limit + 1}`;
}

function slotOf(time: Date): number {
  return Math.floor(time.getTime() / SLOT_MS);
}
