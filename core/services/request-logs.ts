import type { OrganizationTransaction } from '../store/database.ts';
import { Prisma } from '../store/generated/client.ts';
import { decodeCursor, type Page, toPage } from './pages.ts';

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
    ],
    ' AND ',
  );
}

/** The newest first; the cursor is stable under inserts. */
export async function listRequestLogs(transaction: OrganizationTransaction, listing: RequestLogListing) {
  const position = decodeCursor(listing.cursor);
  const after =
    position === undefined
      ? Prisma.empty
      : Prisma.sql`AND (l.time, l.id) < (${new Date(position.sort)}, ${position.id}::uuid)`;
  const rows = await transaction.$queryRaw<RequestLogRow[]>`
    SELECT l.id, l.time, a.name AS agent, l.method, l.path, l.status, l.error_code, l.latency_ms, l.upstream_latency_ms,
      l.bytes_in, l.bytes_out
    FROM request_log l LEFT JOIN agent a ON a.id = l.agent_id
    WHERE ${logConditions(listing)} ${after} ORDER BY l.time DESC, l.id DESC LIMIT ${listing.limit + 1}`;
  return toPage(
    rows,
    listing.limit,
    (row) => ({
      ...row,
      agent: row.agent ?? 'unknown',
      time: row.time.toISOString(),
      bytes_in: Number(row.bytes_in),
      bytes_out: Number(row.bytes_out),
    }),
    ({ time, id }) => ({ sort: time.toISOString(), id }),
  ) satisfies Page<unknown>;
}
