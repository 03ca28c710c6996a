import { ApplicationFailure, proxyActivities } from '@temporalio/workflow';
import type { ChannelKeepingActivities } from '../activities/alert-deliveries.ts';

const chores = proxyActivities<ChannelKeepingActivities>({
  startToCloseTimeout: '5 minutes',
  heartbeatTimeout: '20 seconds',
  // The next minute's run tries again.
  retry: {
    initialInterval: '1 second',
    backoffCoefficient: 2,
    maximumAttempts: 3,
    nonRetryableErrorTypes: ['TypeError', 'RangeError', 'ReferenceError', 'PrismaClientValidationError'],
  },
});

/** Makes the deliveries that are due, and ends channels that were deleted; one that fails keeps not the other from being done. */
export async function keepChannels(): Promise<void> {
  const outcomes = await Promise.allSettled([chores.deliverDue(), chores.purgeDeletedChannels()]);
  const failed = outcomes.filter((outcome) => outcome.status === 'rejected');
  if (failed.length > 0) throw ApplicationFailure.nonRetryable(`${failed.length} chores failed`, 'ChoresFailed');
}
