import type { RunContext } from './define-operation.ts';

/** Of more alerts than these the next minute's evaluation wakes the workflows. */
const AT_ONCE = 20;

/** Has the workflows of alerts that the operation changed tell of it at once. One that is not reached is found in a minute. */
export function wakeIncidents({ workflows, caller, log, afterCommit }: RunContext, alertIds: readonly string[]): void {
  const { organizationId } = caller;
  if (alertIds.length === 0) return;
  afterCommit(async () => {
    const woken = alertIds.slice(0, AT_ONCE).map((alertId) => workflows.wakeAlertIncident({ organizationId, alertId }));
    const failed = (await Promise.allSettled(woken)).filter(({ status }) => status === 'rejected').length;
    if (failed > 0) log.warn({ failed }, 'workflows of alerts are woken by the next evaluation');
  });
}
