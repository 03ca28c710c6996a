import type { OrganizationTransaction } from '../store/database.ts';
import { Prisma } from '../store/generated/client.ts';
import { decodeCursor, isTime, toPage } from './pages.ts';
import { logConditions, type StatusRange } from './request-logs.ts';

export interface AuditListing {
  /** Part of the actor's or the app's name. */
  actor?: string | undefined;
  action?: string | undefined;
  status?: StatusRange | undefined;
  since: Date;
  until?: Date | undefined;
  limit: number;
  cursor?: string | undefined;
}

interface AuditRow {
  id: string;
  time: Date;
  actor_kind: string;
  actor_id: string;
  actor_name: string;
  app: string | null;
  grant_id: string | null;
  action: string;
  status: number;
  outcome: 'succeeded' | 'refused' | 'failed';
  target_kind: string | null;
  target_id: string | null;
  target_name: string | null;
  touched: string[];
  arguments: Record<string, unknown>;
  request_id: string;
  operation_id: string | null;
  workflow_id: string | null;
}

/** What is called a failed relay call in the audit trail: an agent key's call answered with 400 or more. */
const RELAY_CALL = 'relay_call';

function relayFailures(listing: AuditListing, after: Prisma.Sql): Prisma.Sql {
  const { actor, action } = listing;
  if (action !== undefined && action !== RELAY_CALL) return Prisma.empty;
  const status = listing.status ?? { from: 400, to: 599 };
  const actorCondition =
    actor === undefined ? Prisma.empty : Prisma.sql`AND strpos(lower(k.name), ${actor.toLowerCase()}) > 0`;
  return Prisma.sql`UNION ALL (
    SELECT l.id, l.time, 'agent_key', coalesce(l.agent_key_id::text, ''), coalesce(k.name, 'unknown agent key'), NULL, NULL,
      ${RELAY_CALL}, l.status, CASE WHEN l.status < 500 THEN 'refused' ELSE 'failed' END, 'agent', l.agent_id::text, a.name,
      ARRAY[]::text[], jsonb_build_object('method', l.method, 'path', l.path, 'error_code', l.error_code), l.id::text, NULL, NULL
    FROM request_log l LEFT JOIN agent a ON a.id = l.agent_id LEFT JOIN agent_key k ON k.id = l.agent_key_id
    WHERE ${logConditions({ ...listing, status })} AND l.status >= 400 ${actorCondition} ${after}
    ORDER BY l.time DESC, l.id DESC LIMIT ${listing.limit + 1})`;
}

/** Management actions and failed relay calls in one answer, the newest first. */
export async function listAuditTrail(transaction: OrganizationTransaction, listing: AuditListing) {
  const { actor, action, status, since, until, limit } = listing;
  const position = decodeCursor(listing.cursor, isTime);
  const afterOf = (alias: Prisma.Sql) =>
    position === undefined
      ? Prisma.empty
      : Prisma.sql`AND (${alias}.time, ${alias}.id) < (${new Date(position.sort)}, ${position.id}::uuid)`;
  const conditions = Prisma.join(
    [
      Prisma.sql`e.organization_id = app_organization()`,
      Prisma.sql`e.time >= ${since}`,
      ...(until === undefined ? [] : [Prisma.sql`e.time < ${until}`]),
      ...(action === undefined ? [] : [Prisma.sql`e.action = ${action}`]),
      ...(status === undefined ? [] : [Prisma.sql`e.status BETWEEN ${status.from} AND ${status.to}`]),
      ...(actor === undefined
        ? []
        : [Prisma.sql`strpos(lower(e.actor_name || ' ' || coalesce(e.app, '')), ${actor.toLowerCase()}) > 0`]),
    ],
    ' AND ',
  );
  const rows = await transaction.$queryRaw<AuditRow[]>`
    SELECT * FROM (
    (SELECT e.id, e.time, e.actor_kind, e.actor_id, e.actor_name, e.app, e.grant_id, e.action, e.status, e.outcome,
      e.target_kind, e.target_id, e.target_name, e.touched, e.arguments, e.request_id, e.operation_id::text, e.workflow_id
    FROM audit_event e WHERE ${conditions} ${afterOf(Prisma.sql`e`)} ORDER BY e.time DESC, e.id DESC LIMIT ${limit + 1})
    ${relayFailures(listing, afterOf(Prisma.sql`l`))}) AS trail
    ORDER BY time DESC, id DESC LIMIT ${limit + 1}`;
  return toPage(
    rows,
    limit,
    (row) => ({
      id: row.id,
      time: row.time.toISOString(),
      actor: { kind: row.actor_kind, id: row.actor_id, name: row.actor_name, app: row.app, grant_id: row.grant_id },
      action: row.action,
      status: row.status,
      outcome: row.outcome,
      target:
        row.target_kind === null || row.target_id === null
          ? null
          : { kind: row.target_kind, id: row.target_id, name: row.target_name ?? 'unknown' },
      touched: row.touched,
      arguments: row.arguments,
      request_id: row.request_id,
      operation_id: row.operation_id,
      workflow_id: row.workflow_id,
    }),
    ({ time, id }) => ({ sort: time.toISOString(), id }),
  );
}
