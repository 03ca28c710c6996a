import type { Config } from '../config.ts';
import { type Comparison, isWorse } from '../domain/alert-metrics.ts';
import {
  type AlertChange,
  type AlertNotification,
  type AlertSeverity,
  NAMED_AGENTS,
} from '../domain/alert-notification.ts';
import { nextReminder } from '../domain/alert-reminders.ts';
import type { AlertLook } from '../domain/alert-workflow.ts';
import type { OrganizationTransaction } from '../store/database.ts';
import type { Alert } from '../store/generated/client.ts';
import { appendAlertChange } from './alert-changes.ts';

/** Where an alert is on the dashboard. */
export function alertUrl({ publicUrl }: Pick<Config, 'publicUrl'>, { id, organizationId }: Alert): string {
  return `${publicUrl}/alerts?organization=${organizationId}&alert=${id}`;
}

/**
 * What an alert's workflow is to do next: tell of its oldest change that is not told yet, or of its being there still, or
 * wait. Asking again without `told` gives the same answer.
 * @param told the change that was told of since the last look
 * @param now milliseconds since the epoch
 */
export async function lookAtAlert(
  transaction: OrganizationTransaction,
  config: Pick<Config, 'publicUrl'>,
  alertId: string,
  told: number | null,
  now: number,
): Promise<AlertLook> {
  await transaction.$queryRaw`SELECT id FROM alert WHERE id = ${alertId}::uuid FOR UPDATE`;
  let alert = await transaction.alert.findFirst({ where: { id: alertId } });
  if (alert === null) return { outcome: 'ended' };
  if (told !== null && told > alert.toldSequence) {
    alert = await transaction.alert.update({ where: { id: alertId }, data: { toldSequence: told } });
  }
  if (alert.toldSequence < alert.sequence) return tell(transaction, config, alert);
  if (alert.state === 'resolved') return { outcome: 'ended' };
  if (alert.remindAt === null) return { outcome: 'rest', seconds: null };
  if (alert.remindAt.getTime() > now) return { outcome: 'rest', seconds: (alert.remindAt.getTime() - now) / 1_000 };
  const reminded = await appendAlertChange(
    transaction,
    alertId,
    { change: 'still_firing', at: new Date(now), value: await presentValue(transaction, alert) },
    { remindAt: new Date(nextReminder(alert.severity as AlertSeverity, now)) },
  );
  return tell(transaction, config, reminded);
}

/** Of several agents the worst one's; of those that fire, unless none does any more. */
async function presentValue(transaction: OrganizationTransaction, { id, ruleId }: Alert): Promise<number | null> {
  const rule = ruleId === null ? null : await transaction.alertRule.findFirst({ where: { id: ruleId } });
  const agents = await transaction.alertAgent.findMany({ where: { alertId: id, endedAt: null } });
  const comparison = (rule?.comparison ?? 'gt') as Comparison;
  const values = agents.flatMap(({ value }) => value ?? []);
  return values.toSorted((one, other) => (isWorse(comparison, one, other) ? -1 : 1))[0] ?? null;
}

async function tell(
  transaction: OrganizationTransaction,
  config: Pick<Config, 'publicUrl'>,
  alert: Alert,
): Promise<AlertLook> {
  const sequence = alert.toldSequence + 1;
  const change = await transaction.alertChange.findUniqueOrThrow({
    where: { alertId_sequence: { alertId: alert.id, sequence } },
  });
  const { names, count } = await agentsOf(transaction, alert);
  const notification: AlertNotification = {
    organizationId: alert.organizationId,
    alertId: alert.id,
    change: change.change as AlertChange,
    sequence,
    kind: alert.kind,
    severity: alert.severity as AlertSeverity,
    name: alert.name,
    metric: alert.text,
    agents: names,
    agentCount: count,
    value: change.value,
    threshold: alert.threshold,
    since: alert.since.toISOString(),
    at: change.at.toISOString(),
    note: change.note,
    url: alertUrl(config, alert),
  };
  return { outcome: 'tell', notification, channelIds: await channelsOf(transaction, alert) };
}

/** Those that fire; of an alert in which none does any more, all that did. */
async function agentsOf(transaction: OrganizationTransaction, { id, state }: Alert) {
  const where = { alertId: id, ...(state !== 'resolved' && { endedAt: null }) };
  const rows = await transaction.alertAgent.findMany({ where, orderBy: { since: 'asc' }, take: NAMED_AGENTS });
  const agents = await transaction.agent.findMany({
    where: { id: { in: rows.map(({ agentId }) => agentId) } },
    select: { name: true },
    orderBy: { name: 'asc' },
  });
  return { names: agents.map(({ name }) => name), count: await transaction.alertAgent.count({ where }) };
}

/** The rule's, as they are now; null: the default. */
async function channelsOf(transaction: OrganizationTransaction, { ruleId }: Alert): Promise<string[] | null> {
  if (ruleId === null) return null;
  const rule = await transaction.alertRule.findFirst({ where: { id: ruleId }, select: { channelIds: true } });
  return rule === null || rule.channelIds.length === 0 ? null : rule.channelIds;
}
