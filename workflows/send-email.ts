import { ActivityFailure, CancellationScope, proxyActivities } from '@temporalio/workflow';
import type { EmailSendingActivities } from '../activities/email-sending.ts';
import { type EmailSending, OUTGOING_MAIL_TASK_QUEUE, type Transmission } from '../core/domain/outgoing-email.ts';
import { type Attention, payAttention, persist, persistToTheEnd } from './attention.ts';
import { isApproved } from './await-approval.ts';

const {
  lookAtUndoWindow,
  reserveSending,
  lookAtTransmission,
  lookForEvidence,
  copyToSent,
  finishSending,
  giveUpSending,
} = proxyActivities<EmailSendingActivities>({
  taskQueue: OUTGOING_MAIL_TASK_QUEUE,
  startToCloseTimeout: '3 minutes',
  heartbeatTimeout: '10 seconds',
  // Whatever hinders it passes: a mail is brought to its end, however long the database is away.
  retry: { initialInterval: '500 ms', backoffCoefficient: 2, maximumInterval: '20 seconds' },
});

const { transmitEmail } = proxyActivities<EmailSendingActivities>({
  taskQueue: OUTGOING_MAIL_TASK_QUEUE,
  startToCloseTimeout: '15 minutes',
  heartbeatTimeout: '10 seconds',
  // Invariant 5: what became of a try that was lost is looked up, never tried out.
  retry: { maximumAttempts: 1 },
});

/** How a stage ended that may stop the sending; nothing has left in the latter cases. */
type Stage = { outcome: 'done' } | { outcome: 'refused'; why: string } | { outcome: 'stop' };

/**
 * Sends a mail at most once: time to take it back → whether it may leave, and a person's approval → one hand-over → a copy
 * in Sent. Where nobody knows whether the server took it, evidence or a person decides. It may begin again from the start at
 * any time: the mail's row tells how far it came.
 */
export async function sendEmail(sending: EmailSending): Promise<void> {
  const attention = payAttention();
  await CancellationScope.nonCancellable(async () => {
    const ended = await sendOnce(sending, attention);
    if (ended.outcome !== 'done') {
      const isCancelled = ended.outcome === 'stop';
      const why = isCancelled ? 'It was taken back. Nothing was sent.' : ended.why;
      return giveUpSending({ ...sending, cause: isCancelled ? 'cancelled' : 'failed', why });
    }
    await persistToTheEnd(attention, (tries) => copyToSent({ ...sending, tries }));
    await finishSending(sending);
  });
}

async function sendOnce(sending: EmailSending, attention: Attention): Promise<Stage> {
  const window = await persist(attention, () => lookAtUndoWindow(sending));
  if (window.outcome !== 'done') return window;
  if (!('isUnderWay' in window && window.isUnderWay)) {
    if (sending.needsApproval && !(await isApproved(sending, attention))) return { outcome: 'stop' };
    const reserved = await persist(attention, () => reserveSending(sending));
    if (reserved.outcome !== 'done') return reserved;
  }
  for (;;) {
    const handed = await persist(attention, () => transmit(sending));
    if (handed.outcome !== 'unknown') return handed;
    const found = await persistToTheEnd(attention, () => lookForEvidence(sending));
    if (found.outcome !== 'resend') return found;
  }
}

async function transmit(sending: EmailSending): Promise<Transmission> {
  try {
    return await transmitEmail(sending);
  } catch (error) {
    if (!(error instanceof ActivityFailure)) throw error;
    return lookAtTransmission(sending);
  }
}
