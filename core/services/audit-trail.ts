import { AUDIT_EVENT_COLUMNS, type AuditEventRow, auditRecord } from '../audit/audit-record.ts';
import type { OrganizationTransaction } from '../store/database.ts';
import { Prisma } from '../store/generated/client.ts';
import { decodeCursor, isTime, toPage } from './pages.ts';
import { logConditions, type StatusRange } from './request-logs.ts';

export interface AuditListing {
  /** Part of the actor's or the app's name. */
  actor?: string | undefined;
  action?: string | undefined;
  status?: StatusRange | undefined;
  /** Only what changed something. */
  changes?: boolean | undefined;
  since: Date;
  until?: Date | undefined;
  limit: number;
  cursor?: string | undefined;
}

/** The actions that change nothing, however they end: looking, trying out, coming and going. `audit_event_changes` has the others. */
export const CHANGES_NOTHING = /^((list|get|summarize|test|verify|export|sign)_|whoami$|reauthenticate$)/;

/** As the index says it. */
const CHANGES = Prisma.raw(`e.outcome = 'succeeded' AND e.action !~ '${CHANGES_NOTHING.source}'`);

/** What is called a failed relay call in the audit trail: an agent key's call answered with 400 or more. */
const RELAY_CALL = 'relay_call';

function relayFailures(listing: AuditListing, after: Prisma.Sql): Prisma.Sql {
  const { actor, action, changes } = listing;
  if (changes || (action !== undefined && action !== RELAY_CALL)) return Prisma.empty;
  const status = listing.status ?? { from: 400, to: 599 };
  const actorCondition =
    actor === undefined ? Prisma.empty : Prisma.sql`AND strpos(lower(k.name), ${actor.toLowerCase()}) > 0`;
  return Prisma.sql`UNION ALL (
    SELECT l.id, l.organization_id, l.time, 'agent_key', coalesce(l.agent_key_id::text, ''),
      coalesce(k.name, 'unknown agent key'), NULL, NULL, ${RELAY_CALL}, l.status,
      CASE WHEN l.status < 500 THEN 'refused' ELSE 'failed' END, 'agent', l.agent_id::text, a.name, ARRAY[]::text[],
      jsonb_build_object('method', l.method, 'path', l.path, 'error_code', nullif(l.error_code, '')), l.id::text, NULL, NULL
    FROM request_log l LEFT JOIN agent a ON a.id = l.agent_id LEFT JOIN agent_key k ON k.id = l.agent_key_id
    WHERE ${logConditions({ ...listing, status })} AND l.status >= 400 ${actorCondition} ${after}
    ORDER BY l.time DESC, l.id DESC LIMIT ${listing.limit + 1})`;
}

/** Management actions and failed relay calls in one answer, the newest first. */
export async function listAuditTrail(transaction: OrganizationTransaction, listing: AuditListing) {
  const { actor, action, status, changes, since, until, limit } = listing;
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
      ...(changes ? [CHANGES] : []),
      ...(status === undefined ? [] : [Prisma.sql`e.status BETWEEN ${status.from} AND ${status.to}`]),
      ...(actor === undefined
        ? []
        : [Prisma.sql`strpos(lower(e.actor_name || ' ' || coalesce(e.app, '')), ${actor.toLowerCase()}) > 0`]),
    ],
    ' AND ',
  );
  const rows = await transaction.$queryRaw<AuditEventRow[]>`
    SELECT * FROM (
    (SELECT ${Prisma.raw(AUDIT_EVENT_COLUMNS)} FROM audit_event e
    WHERE ${conditions} ${afterOf(Prisma.sql`e`)} ORDER BY e.time DESC, e.id DESC LIMIT ${limit + 1})
    ${relayFailures(listing, afterOf(Prisma.sql`l`))}) AS trail
    ORDER BY time DESC, id DESC LIMIT ${limit + 1}`;
  return toPage(
    rows,
    limit,
    (row) => ({ ...auditRecord(row), target: targetOf(row) }),
    ({ time, id }) => ({ sort: time.toISOString(), id }),
  );
}

/** Of a relay call's agent only the ID may be known. */
function targetOf({ target_kind: kind, target_id: id, target_name: name }: AuditEventRow) {
  return kind === null || id === null ? null : { kind, id, name: name ?? 'unknown' };
}
