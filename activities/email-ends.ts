import { SYSTEM } from '../core/domain/caller.ts';
import { COPY_HOURS, COPY_TO_SENT, type EmailSending } from '../core/domain/outgoing-email.ts';
import type { Attempt, Reversal } from '../core/domain/rotation-workflow.ts';
import { HOUR_MS } from '../core/domain/times.ts';
import { composeMessage } from '../core/outgoing-email/compose.ts';
import { folderPath, inFolder, keepOne, uidsOf } from '../core/outgoing-email/kept-messages.ts';
import { recordAuditEvent } from '../core/services/audit.ts';
import { draftReferenceOf } from '../core/services/email-drafts.ts';
import { beginStep, cancelOperation, failOperation, succeedOperation } from '../core/services/long-running.ts';
import { endUnsent, letterheadOf, openOutgoing } from '../core/services/outgoing-emails.ts';
import type { OrganizationTransaction } from '../core/store/database.ts';
import type { Operation } from '../core/store/generated/client.ts';
import { backOffSeconds, later } from './attempts.ts';
import { type SendingDependencies, withSending } from './email-sending-rows.ts';
import { MailboxTrouble, withImap } from './mailbox-trouble.ts';

export function createEmailEndActivities(dependencies: SendingDependencies) {
  const { now } = dependencies;
  return {
    /** Keeps a copy in the mailbox's Sent, once: some servers did so by themselves. */
    async copyToSent(sending: EmailSending & { tries: number }): Promise<Attempt> {
      const { email, mailbox } = await withSending(dependencies, sending, async (transaction, rows) => {
        await beginStep(transaction, sending.operationId, COPY_TO_SENT);
        return rows;
      });
      const content = await openOutgoing(dependencies.vault, email);
      if (email.copiedAt !== null || content === null) return { outcome: 'done' };
      const { messageId, ...letterhead } = letterheadOf(email, mailbox);
      const message = await composeMessage(content, { messageId, ...letterhead }, { keepBcc: true });
      try {
        await withImap(dependencies.mail, mailbox, async (client) => {
          const path = await folderPath(client, 'Sent');
          await keepOne(client, path, { messageId, message, flags: ['\\Seen'], date: letterhead.date });
          const answered = content.thread?.inReplyTo;
          if (answered === undefined) return;
          await inFolder(client, 'INBOX', async () => {
            const uids = await uidsOf(client, answered);
            if (uids.length > 0) await client.messageFlagsAdd(uids.join(','), ['\\Answered'], { uid: true });
          });
        });
      } catch (error) {
        if (!(error instanceof MailboxTrouble)) throw error;
        const since = email.settledAt?.getTime() ?? now();
        if (error.isLasting || now() - since > COPY_HOURS * HOUR_MS) return { outcome: 'refused', why: error.message };
        const why = `It was sent. Its copy waits: ${error.message}`;
        return later(dependencies, sending, { why, retryAfterSeconds: backOffSeconds(sending.tries) });
      }
      await withSending(dependencies, sending, (transaction) =>
        transaction.outgoingEmail.update({ where: { id: email.id }, data: { copiedAt: new Date(now()) } }),
      );
      return { outcome: 'done' };
    },

    /** The operation has succeeded; the draft that it was made of leaves Drafts. */
    async finishSending(sending: EmailSending): Promise<void> {
      const draft = await withSending(dependencies, sending, async (transaction, { operation, email, mailbox }) => {
        await transaction.emailDraft.updateMany({
          where: { id: email.draftId ?? email.id, state: 'sending' },
          data: { state: 'sent', updatedAt: new Date(now()) },
        });
        const result = {
          email: email.id,
          mailbox: mailbox.address,
          message_id: email.messageId,
          recipients: email.recipients.length,
          in_sent: email.copiedAt !== null,
        };
        if (await succeedOperation(transaction, operation.id, result)) {
          await audit(transaction, { operation, action: 'email_sent', address: mailbox.address });
        }
        return email.draftId === null ? null : transaction.emailDraft.findUnique({ where: { id: email.draftId } });
      });
      if (draft?.state === 'sent') await dependencies.workflows.startDraftChange(draftReferenceOf(draft));
    },

    /** Nothing was sent, and nothing will be: a draft can be edited again. What may have been taken is left as it is. */
    giveUpSending: ({ cause, why, ...sending }: EmailSending & Reversal): Promise<void> =>
      withSending(dependencies, sending, async (transaction, { operation, email, mailbox }) => {
        if (email.handedOverAt !== null) return;
        // Who rejected it has ended the operation already.
        const isCancelled = cause === 'cancelled' && operation.status !== 'failed';
        await endUnsent(transaction, email, isCancelled ? 'cancelled' : 'failed', new Date(now()));
        const hasEnded = isCancelled
          ? await cancelOperation(transaction, operation.id, why)
          : await failOperation(transaction, operation.id, { code: 'email_not_sent', detail: why });
        if (!hasEnded) return;
        const action = isCancelled ? 'email_cancelled' : 'email_not_sent';
        await audit(transaction, { operation, action, address: mailbox.address });
      }),
  };
}

function audit(
  transaction: OrganizationTransaction,
  { operation, action, address }: { operation: Operation; action: string; address: string },
): Promise<void> {
  return recordAuditEvent(transaction, {
    actor: SYSTEM,
    action,
    status: 200,
    outcome: action === 'email_not_sent' ? 'failed' : 'succeeded',
    target: { kind: operation.targetKind, id: operation.targetId, name: address },
    requestId: operation.id,
    operationId: operation.id,
  });
}
