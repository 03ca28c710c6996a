import type { Config } from '../config.ts';
import { type AlertSeverity, type AlertState, NAMED_AGENTS } from '../domain/alert-notification.ts';
import { looksLikeId } from '../domain/names.ts';
import { notFound, PublicError } from '../errors.ts';
import type { OrganizationTransaction } from '../store/database.ts';
import type { Alert, Prisma } from '../store/generated/client.ts';
import { appendAlertChange } from './alert-changes.ts';
import { alertUrl } from './alert-incidents.ts';
import { hiddenMailboxes, type MailReader } from './hidden-mailboxes.ts';
import { endNotices, type NoticeKind } from './notices.ts';
import { decodeCursor, isTime, type Page, toPage } from './pages.ts';

/**
 * An alert by its ID; it has no name of its own.
 * @throws PublicError `not_found`, also for what this reader may not see
 */
export async function findAlert(transaction: OrganizationTransaction, id: string, reader: MailReader): Promise<Alert> {
  const alert = looksLikeId(id)
    ? await transaction.alert.findFirst({ where: { id, AND: await visibleTo(transaction, reader) } })
    : null;
  if (alert === null) throw notFound('alert', id);
  return alert;
}

/** What notices of a mail are about; their target's name is the mailbox's address. */
const MAILS = ['email', 'email_draft'];

/** Which alerts somebody may see: notices of a mail are for those who may see what becomes of it (operations.ts). */
async function visibleTo(transaction: OrganizationTransaction, reader: MailReader): Promise<Prisma.AlertWhereInput> {
  const hidden = await hiddenMailboxes(transaction, reader);
  if (hidden.length === 0) return {};
  const own = await noticesOfMailsOf(transaction, reader);
  const isNoMail = [{ targetKind: null }, { targetKind: { notIn: MAILS } }];
  return { OR: [...isNoMail, { targetName: { notIn: hidden } }, { id: { in: own } }] };
}

/** Of mails that a person asked for; the newest of them. */
async function noticesOfMailsOf(transaction: OrganizationTransaction, { person }: MailReader): Promise<string[]> {
  const rows = await transaction.$queryRaw<{ id: string }[]>`
    SELECT a.id FROM alert a JOIN operation o ON o.id = a.operation_id
    WHERE a.target_kind = ANY (${MAILS}) AND o.requested_person_id = ${person.id}::uuid
    ORDER BY a.fired_at DESC LIMIT 1000`;
  return rows.map(({ id }) => id);
}

/** Notices whose end nobody else can see: they end when somebody has seen to them. */
const ENDED_BY_PEOPLE: NoticeKind[] = ['key_left', 'rotation_failed', 'email_bounced'];

/**
 * Somebody takes care of it: nobody is reminded any more. Acknowledging it again changes nothing.
 * @throws PublicError `conflict` when it is over
 */
export async function acknowledgeAlert(
  transaction: OrganizationTransaction,
  id: string,
  reader: MailReader,
): Promise<Alert> {
  await transaction.$queryRaw`SELECT id FROM alert WHERE id = ${id}::uuid FOR UPDATE`;
  const alert = await findAlert(transaction, id, reader);
  if (alert.state === 'acknowledged') return alert;
  if (alert.state === 'resolved') throw new PublicError('conflict', 'This alert is resolved: there is nothing to do.');
  const at = new Date();
  const { email } = reader.person;
  const isNotice = alert.ruleId === null;
  const acknowledged = await appendAlertChange(
    transaction,
    id,
    { change: 'acknowledged', at, note: email },
    {
      state: 'acknowledged',
      acknowledgedAt: at,
      acknowledgedBy: email,
      remindAt: null,
      // Of a notice only its beginning is told.
      ...(isNotice && { toldSequence: alert.sequence + 1 }),
    },
  );
  if (!ENDED_BY_PEOPLE.some((kind) => kind === alert.kind)) return acknowledged;
  await endNotices(transaction, { id }, `${email} saw to it.`);
  return findAlert(transaction, id, reader);
}

interface AgentRow {
  alertId: string;
  name: string;
  value: number | null;
  endedAt: Date | null;
  count: number;
}

/** The agents of each alert: those that fire first, at most so many as are named. */
async function agentsOf(
  transaction: OrganizationTransaction,
  alerts: readonly Alert[],
): Promise<Map<string, AgentRow[]>> {
  const rows = await transaction.$queryRaw<AgentRow[]>`
    SELECT * FROM (
      SELECT m.alert_id AS "alertId", a.name, m.value, m.ended_at AS "endedAt",
        count(*) OVER (PARTITION BY m.alert_id)::int AS count,
        row_number() OVER (PARTITION BY m.alert_id ORDER BY m.ended_at DESC NULLS FIRST, a.name) AS place
      FROM alert_agent m JOIN agent a ON a.id = m.agent_id
      WHERE m.alert_id = ANY (${alerts.map(({ id }) => id)}::uuid[])) AS member
    WHERE place <= ${NAMED_AGENTS} ORDER BY place`;
  return Map.groupBy(rows, ({ alertId }) => alertId);
}

function alertJson(alert: Alert, agents: readonly AgentRow[], config: Pick<Config, 'publicUrl'>) {
  const { targetKind, targetId, targetName } = alert;
  return {
    id: alert.id,
    kind: alert.kind,
    state: alert.state as AlertState,
    severity: alert.severity as AlertSeverity,
    rule: alert.ruleId === null ? null : alert.name,
    rule_id: alert.ruleId,
    text: alert.text,
    operation_id: alert.operationId,
    target:
      targetKind === null || targetId === null
        ? null
        : { kind: targetKind, id: targetId, name: targetName ?? targetId },
    agents: agents.map(({ name, value, endedAt }) => ({
      name,
      value,
      ended_at: endedAt?.toISOString() ?? null,
    })),
    agent_count: agents[0]?.count ?? 0,
    threshold: alert.threshold,
    since: alert.since.toISOString(),
    fired_at: alert.firedAt.toISOString(),
    acknowledged_at: alert.acknowledgedAt?.toISOString() ?? null,
    acknowledged_by: alert.acknowledgedBy,
    resolved_at: alert.resolvedAt?.toISOString() ?? null,
    url: alertUrl(config, alert),
  };
}

export type AlertJson = ReturnType<typeof alertJson>;

export async function describeAlert(
  transaction: OrganizationTransaction,
  alert: Alert,
  config: Pick<Config, 'publicUrl'>,
): Promise<AlertJson> {
  const agents = await agentsOf(transaction, [alert]);
  return alertJson(alert, agents.get(alert.id) ?? [], config);
}

export interface AlertListing {
  /** Undefined: those that are not resolved. */
  state?: AlertState | 'all' | undefined;
  id?: string | undefined;
  ruleId?: string | undefined;
  agentId?: string | undefined;
  limit: number;
  cursor?: string | undefined;
}

/** Those that fired last first. */
export async function listAlerts(
  transaction: OrganizationTransaction,
  config: Pick<Config, 'publicUrl'>,
  reader: MailReader,
  { state, id, ruleId, agentId, limit, cursor }: AlertListing,
): Promise<Page<AlertJson>> {
  const position = decodeCursor(cursor, isTime);
  const conditions: Prisma.AlertWhereInput[] = [
    await visibleTo(transaction, reader),
    state === undefined ? { state: { not: 'resolved' } } : state === 'all' ? {} : { state },
    ...(id === undefined ? [] : [{ id }]),
    ...(ruleId === undefined ? [] : [{ ruleId }]),
    ...(agentId === undefined ? [] : [{ id: { in: await alertsOfAgent(transaction, agentId) } }]),
    ...(position === undefined
      ? []
      : [
          {
            OR: [
              { firedAt: { lt: new Date(position.sort) } },
              { firedAt: new Date(position.sort), id: { lt: position.id } },
            ],
          },
        ]),
  ];
  const alerts = await transaction.alert.findMany({
    where: { AND: conditions },
    orderBy: [{ firedAt: 'desc' }, { id: 'desc' }],
    take: limit + 1,
  });
  const agents = await agentsOf(transaction, alerts);
  return toPage(
    alerts,
    limit,
    (alert) => alertJson(alert, agents.get(alert.id) ?? [], config),
    ({ firedAt, id }) => ({ sort: firedAt.toISOString(), id }),
  );
}

/** The newest of them. */
async function alertsOfAgent(transaction: OrganizationTransaction, agentId: string): Promise<string[]> {
  const rows = await transaction.alertAgent.findMany({
    where: { agentId },
    orderBy: { since: 'desc' },
    take: 1_000,
    select: { alertId: true },
  });
  return rows.map(({ alertId }) => alertId);
}
