import { ApplicationFailure, proxyActivities } from '@temporalio/workflow';
import type { GrantKeepingActivities } from '../activities/grant-keeping.ts';

const chores = proxyActivities<GrantKeepingActivities>({
  startToCloseTimeout: '10 minutes',
  heartbeatTimeout: '1 minute',
  // The next hour's run tries again.
  retry: {
    initialInterval: '5 seconds',
    backoffCoefficient: 2,
    maximumAttempts: 3,
    nonRetryableErrorTypes: ['TypeError', 'RangeError', 'ReferenceError', 'PrismaClientValidationError'],
  },
});

/** Ends grants and forgets clients that nobody uses; one chore that fails does not keep the other from being done. */
export async function keepGrants(): Promise<void> {
  const outcomes = await Promise.allSettled([chores.endIdleGrants(), chores.forgetUnusedClients()]);
  const failed = outcomes.filter((outcome) => outcome.status === 'rejected');
  if (failed.length > 0) throw ApplicationFailure.nonRetryable(`${failed.length} chores failed`, 'ChoresFailed');
}
