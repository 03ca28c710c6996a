import { CancellationScope, proxyActivities } from '@temporalio/workflow';
import type { EmailDraftActivities } from '../activities/email-drafts.ts';
import type { DraftReference } from '../core/domain/email-draft.ts';
import { OUTGOING_MAIL_TASK_QUEUE } from '../core/domain/outgoing-email.ts';
import { payAttention, persistToTheEnd } from './attention.ts';

const { storeDraft, settleDraft } = proxyActivities<EmailDraftActivities>({
  taskQueue: OUTGOING_MAIL_TASK_QUEUE,
  startToCloseTimeout: '3 minutes',
  heartbeatTimeout: '10 seconds',
  retry: { initialInterval: '500 ms', backoffCoefficient: 2, maximumInterval: '20 seconds' },
});

/**
 * Brings a mailbox's Drafts in line with a draft: looks for it by its Message-ID, appends what is missing, takes out what
 * is old, and confirms. One at a time for each draft; what is asked for while it runs is done before it ends.
 */
export async function draftEmail(draft: DraftReference): Promise<void> {
  const attention = payAttention();
  await CancellationScope.nonCancellable(async () => {
    do {
      attention.isCalled = false;
      const stored = await persistToTheEnd(attention, (tries) => storeDraft({ ...draft, tries }));
      await settleDraft({ ...draft, why: stored.outcome === 'refused' ? stored.why : null });
    } while (attention.isCalled);
  });
}
