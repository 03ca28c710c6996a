import { ApplicationFailure, proxyActivities } from '@temporalio/workflow';
import type { MailboxKeepingActivities } from '../activities/mailbox-keeping.ts';

const chores = proxyActivities<MailboxKeepingActivities>({
  startToCloseTimeout: '5 minutes',
  heartbeatTimeout: '20 seconds',
  // The next minute's run tries again.
  retry: { initialInterval: '1 second', backoffCoefficient: 2, maximumAttempts: 3 },
});

/** Both chores; one that fails does not keep the other from being done. */
export async function keepMailboxes(): Promise<void> {
  const outcomes = await Promise.allSettled([chores.startSilentSyncs(), chores.purgeDeletedMailboxes()]);
  const failed = outcomes.filter((outcome) => outcome.status === 'rejected');
  if (failed.length > 0) throw ApplicationFailure.nonRetryable(`${failed.length} chores failed`, 'ChoresFailed');
}
