import { proxyActivities } from '@temporalio/workflow';
import type { GrantKeepingActivities } from '../activities/grant-keeping.ts';

const activities = proxyActivities<GrantKeepingActivities>({
  startToCloseTimeout: '50 seconds',
  heartbeatTimeout: '20 seconds',
  // The next minute's run tries again.
  retry: {
    initialInterval: '1 second',
    backoffCoefficient: 2,
    maximumAttempts: 3,
    nonRetryableErrorTypes: ['TypeError', 'RangeError', 'ReferenceError', 'PrismaClientValidationError'],
  },
});

/** Puts on the record that connected apps may only read from now on. Their calls are refused without it. */
export async function endTimedWriting(): Promise<void> {
  await activities.endTimedWriting();
}
