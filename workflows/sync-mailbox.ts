import {
  ActivityCancellationType,
  CancellationScope,
  condition,
  continueAsNew,
  isCancellation,
  proxyActivities,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import type { MailboxSyncActivities } from '../activities/mailbox-sync.ts';
import { MAIL_TASK_QUEUE, type MailboxSync, pauseAfter } from '../core/domain/mailbox-sync.ts';
import { lookSignal } from './attention.ts';

const { watchMailbox } = proxyActivities<MailboxSyncActivities>({
  taskQueue: MAIL_TASK_QUEUE,
  startToCloseTimeout: '15 minutes',
  heartbeatTimeout: '20 seconds',
  // A mailbox has one connection at a time: the next is made when the last is closed.
  cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
  retry: { initialInterval: '1 second', backoffCoefficient: 2, maximumInterval: '1 minute' },
});

/** Some hours of good connections. */
const WATCHES_A_RUN = 100;

/**
 * Keeps a mailbox's messages here for as long as it is connected: one watch after the other, with longer and longer pauses
 * where it fails. A look ends watch or pause, so that changed settings count at once.
 */
export async function syncMailbox(sync: MailboxSync, earlierFailures = 0): Promise<void> {
  let isCalled = false;
  let present: CancellationScope | undefined;
  setHandler(lookSignal, () => {
    isCalled = true;
    present?.cancel();
  });
  let failures = earlierFailures;
  for (let watches = 0; watches < WATCHES_A_RUN && !workflowInfo().continueAsNewSuggested; watches++) {
    isCalled = false;
    present = new CancellationScope();
    const outcome = await present
      .run(() => watchMailbox(sync))
      .catch((error: unknown) => {
        if (!isCancellation(error) || CancellationScope.current().consideredCancelled) throw error;
        return { outcome: 'again' as const };
      });
    present = undefined;
    if (outcome.outcome === 'gone') return;
    const pause = pauseAfter(outcome, failures, Math.random());
    failures = pause.failures;
    if (pause.seconds > 0 && (await condition(() => isCalled, pause.seconds * 1_000))) failures = 0;
  }
  await continueAsNew<typeof syncMailbox>(sync, failures);
}
