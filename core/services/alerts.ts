import type { Config } from '../config.ts';
import { type AlertSeverity, type AlertState, NAMED_AGENTS } from '../domain/alert-notification.ts';
import type { Caller } from '../domain/caller.ts';
import { looksLikeId } from '../domain/names.ts';
import { notFound, PublicError } from '../errors.ts';
import type { OrganizationTransaction } from '../store/database.ts';
import type { Alert, Prisma } from '../store/generated/client.ts';
import { appendAlertChange } from './alert-changes.ts';
import { alertUrl } from './alert-incidents.ts';
import { endNotices, type NoticeKind } from './notices.ts';
import { decodeCursor, isTime, type Page, toPage } from './pages.ts';

/** An alert by its ID; it has no name of its own. */
export async function findAlert(transaction: OrganizationTransaction, id: string): Promise<Alert> {
  const alert = looksLikeId(id) ? await transaction.alert.findFirst({ where: { id } }) : null;
  if (alert === null) throw notFound('alert', id);
  return alert;
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
  { person }: Pick<Caller, 'person'>,
): Promise<Alert> {
  await transaction.$queryRaw`SELECT id FROM alert WHERE id = ${id}::uuid FOR UPDATE`;
  const alert = await findAlert(transaction, id);
  if (alert.state === 'acknowledged') return alert;
  if (alert.state === 'resolved') throw new PublicError('conflict', 'This alert is resolved: there is nothing to do.');
  const at = new Date();
  const isNotice = alert.ruleId === null;
  const acknowledged = await appendAlertChange(
    transaction,
    id,
    { change: 'acknowledged', at, note: person.email },
    {
      state: 'acknowledged',
      acknowledgedAt: at,
      acknowledgedBy: person.email,
      remindAt: null,
      // Of a notice only its beginning is told.
      ...(isNotice && { toldSequence: alert.sequence + 1 }),
    },
  );
  if (!ENDED_BY_PEOPLE.some((kind) => kind === alert.kind)) return acknowledged;
  await endNotices(transaction, { id }, `${person.email} saw to it.`);
  return findAlert(transaction, id);
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
  { state, id, ruleId, agentId, limit, cursor }: AlertListing,
): Promise<Page<AlertJson>> {
  const position = decodeCursor(cursor, isTime);
  const conditions: Prisma.AlertWhereInput[] = [
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
