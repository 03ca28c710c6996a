import { ApplicationFailure, proxyActivities } from '@temporalio/workflow';
import type { LogKeepingActivities } from '../activities/log-keeping.ts';

const chores = proxyActivities<LogKeepingActivities>({
  startToCloseTimeout: '20 minutes',
  heartbeatTimeout: '1 minute',
  // The next hour's run tries again.
  retry: {
    initialInterval: '5 seconds',
    backoffCoefficient: 2,
    maximumAttempts: 5,
    nonRetryableErrorTypes: ['TypeError', 'RangeError', 'ReferenceError'],
  },
});

/** Makes the request log's days ahead and ends what no plan keeps; a chore that fails does not keep the others from being done. */
export async function keepLogs(): Promise<void> {
  const outcomes = await Promise.allSettled([
    chores.makeLogPartitionsAhead(),
    chores.dropExpiredLogDays(),
    chores.deleteExpiredLogs(),
    chores.forgetOldTraffic(),
  ]);
  const failed = outcomes.filter((outcome) => outcome.status === 'rejected');
  if (failed.length > 0) throw ApplicationFailure.nonRetryable(`${failed.length} chores failed`, 'ChoresFailed');
}
