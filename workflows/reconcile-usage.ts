import { proxyActivities, workflowInfo } from '@temporalio/workflow';
import type { UsageActivities } from '../activities/usage.ts';
import { DAY_MS } from '../core/domain/times.ts';

const { reconcileDay } = proxyActivities<UsageActivities>({
  startToCloseTimeout: '4 hours',
  heartbeatTimeout: '30 seconds',
  retry: { initialInterval: '10 seconds', backoffCoefficient: 2, maximumAttempts: 5 },
});

/** The days before today whose minutes are kept: what came late to one, or was missed by a run, is looked at again. */
const DAYS_BACK = [2, 1];

/** Recounts the last days from the request log, and corrects what was counted. */
export async function reconcileUsage(): Promise<void> {
  const now = workflowInfo().startTime.getTime();
  for (const days of DAYS_BACK) await reconcileDay(new Date(now - days * DAY_MS).toISOString().slice(0, 10));
}
