import { continueAsNew, proxyActivities } from '@temporalio/workflow';
import type { AlertActivities } from '../activities/alerts.ts';
import type { AlertDeliveryActivities } from '../core/domain/alert-notification.ts';
import type { AlertIncident, AlertLook } from '../core/domain/alert-workflow.ts';
import { payAttention, rest } from './attention.ts';

const retry = { initialInterval: '500 ms', backoffCoefficient: 2, maximumInterval: '20 seconds' } as const;

const { lookAtAlert } = proxyActivities<AlertActivities>({
  startToCloseTimeout: '30 seconds',
  heartbeatTimeout: '10 seconds',
  retry,
});

const { deliverAlertNotification } = proxyActivities<AlertDeliveryActivities>({
  startToCloseTimeout: '2 minutes',
  heartbeatTimeout: '10 seconds',
  retry: { ...retry, maximumInterval: '1 minute' },
});

/** A history stays short however long the alert lasts. */
const LOOKS_A_RUN = 30;

/**
 * Tells of each change of an alert, in their order, and again while nobody acknowledges it, until it is resolved and that
 * is told. The row is what counts: a change is told once, because its number is noted only after it was recorded for
 * each channel, and recording it twice records it once.
 */
export async function alertIncident(incident: AlertIncident): Promise<void> {
  const attention = payAttention();
  let told: number | null = null;
  for (let looks = 0; looks < LOOKS_A_RUN || told !== null; looks += 1) {
    const look: AlertLook = await lookAtAlert({ ...incident, told });
    told = null;
    if (look.outcome === 'ended') return;
    if (look.outcome === 'tell') {
      await deliverAlertNotification(look.notification, look.channelIds);
      told = look.notification.sequence;
    } else await rest(attention, look.seconds);
  }
  await continueAsNew<typeof alertIncident>(incident);
}
