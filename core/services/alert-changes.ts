import type { AlertChange } from '../domain/alert-notification.ts';
import type { OrganizationTransaction } from '../store/database.ts';
import type { Alert, Prisma } from '../store/generated/client.ts';

export interface NewAlertChange {
  change: AlertChange;
  at: Date;
  value?: number | null;
  note?: string | null;
}

/**
 * Notes a change of an alert, which its workflow then tells of; the alert's row is locked by the update.
 * @param data what else changes in the alert's row
 */
export async function appendAlertChange(
  transaction: OrganizationTransaction,
  alertId: string,
  { change, at, value = null, note = null }: NewAlertChange,
  data: Prisma.AlertUpdateInput,
): Promise<Alert> {
  const alert = await transaction.alert.update({
    where: { id: alertId },
    data: { ...data, sequence: { increment: 1 } },
  });
  const { organizationId, sequence } = alert;
  await transaction.alertChange.create({ data: { alertId, organizationId, sequence, change, at, value, note } });
  return alert;
}

/**
 * Ends the open alerts of a rule that is no longer evaluated, and forgets where it stood.
 * @param note why, for those who are told
 * @returns the alerts' IDs
 */
export async function endAlertsOfRule(
  transaction: OrganizationTransaction,
  ruleId: string,
  note: string,
): Promise<string[]> {
  const at = new Date();
  await transaction.alertRuleState.deleteMany({ where: { ruleId } });
  const open = await transaction.alert.findMany({
    where: { ruleId, state: { not: 'resolved' } },
    select: { id: true },
  });
  for (const { id } of open) {
    await transaction.alertAgent.updateMany({ where: { alertId: id, endedAt: null }, data: { endedAt: at } });
    await appendAlertChange(
      transaction,
      id,
      { change: 'resolved', at, note },
      { state: 'resolved', resolvedAt: at, remindAt: null },
    );
  }
  return open.map(({ id }) => id);
}
