import { proxyActivities } from '@temporalio/workflow';
import type { UsageActivities } from '../activities/usage.ts';

const { tellOfLimits } = proxyActivities<UsageActivities>({
  startToCloseTimeout: '5 minutes',
  heartbeatTimeout: '30 seconds',
  // The next run tries again.
  retry: { initialInterval: '1 second', backoffCoefficient: 2, maximumAttempts: 3 },
});

/** Tells admins once a month's budget or plan is nearly used up, and once it is. */
export async function watchUsage(): Promise<void> {
  await tellOfLimits();
}
