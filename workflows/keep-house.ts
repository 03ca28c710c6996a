import { ApplicationFailure, proxyActivities } from '@temporalio/workflow';
import type { HousekeepingActivities } from '../activities/housekeeping.ts';

const chores = proxyActivities<HousekeepingActivities>({
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

/** Every chore once; one that fails does not keep the others from being done. */
export async function keepHouse(): Promise<void> {
  const outcomes = await Promise.allSettled([
    chores.settleAcceptedOperations(),
    chores.destroyUnrevealedKeys(),
    chores.purgeDeletedCredentials(),
    chores.deleteExpired(),
  ]);
  const failed = outcomes.filter((outcome) => outcome.status === 'rejected');
  if (failed.length > 0) throw ApplicationFailure.nonRetryable(`${failed.length} chores failed`, 'ChoresFailed');
}
