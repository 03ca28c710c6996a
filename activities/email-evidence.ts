import type { Doubt } from '../core/domain/doubt.ts';
import { type EmailSending, type Evidence, nextEvidenceSeconds } from '../core/domain/outgoing-email.ts';
import { folderPath, inFolder, uidsOf } from '../core/outgoing-email/kept-messages.ts';
import { beginStep, leaveInDoubt } from '../core/services/long-running.ts';
import { decidersAbout } from '../core/services/mailboxes.ts';
import { endNoticesOf, giveNotice } from '../core/services/notices.ts';
import type { OrganizationTransaction } from '../core/store/database.ts';
import { type OutgoingEmail, Prisma } from '../core/store/generated/client.ts';
import { type SendingDependencies, type SendingRows, settleSent, withSending } from './email-sending-rows.ts';
import { MailboxTrouble, withImap } from './mailbox-trouble.ts';

const QUESTION =
  'The connection ended after the whole mail had been handed over and before the server said whether it took it. It is not sent again by itself. Look whether the recipients have it: then decide "sent"; else decide "resend".';

export function createEmailEvidenceActivities(dependencies: SendingDependencies) {
  return {
    /**
     * Looks for what became of a mail in doubt: the server's word that came late, its copy in Sent, an answer to it or a
     * report about it, a person's decision. What shows that it was sent goes before a decision to send it again.
     */
    async lookForEvidence(sending: EmailSending): Promise<Evidence> {
      const isInSent = await standsInSent(dependencies, sending);
      return withSending(dependencies, sending, (transaction, rows) =>
        weigh(dependencies, transaction, { ...rows, isInSent }),
      );
    },
  };
}

async function weigh(
  dependencies: SendingDependencies,
  transaction: OrganizationTransaction,
  { operation, email, mailbox, isInSent }: SendingRows & { isInSent: boolean },
): Promise<Evidence> {
  const now = dependencies.now();
  if (email.state === 'sent') return { outcome: 'done' };
  if (email.state !== 'sending' && email.state !== 'unknown') return { outcome: 'stop' };
  const doubt = operation.resolution as unknown as Doubt | null;
  if (isInSent || doubt?.decision === 'sent' || (await isSpokenOf(transaction, email))) {
    await endDoubt(transaction, operation.id);
    await settleSent(transaction, email, { answer: null, now });
    return { outcome: 'done' };
  }
  // The server's late word was that it did not take it.
  if (email.handedOverAt === null || doubt?.decision === 'resend') {
    await endDoubt(transaction, operation.id);
    await beginStep(transaction, operation.id, 'transmit');
    await transaction.outgoingEmail.update({
      where: { id: email.id },
      // Nothing that an older try learns counts any more.
      data: { state: 'sending', handedOverAt: null, datedAt: new Date(now), attempt: { increment: 1 } },
    });
    return { outcome: 'resend' };
  }
  const retryAfterSeconds = nextEvidenceSeconds(email.handedOverAt.getTime(), now);
  await transaction.outgoingEmail.update({ where: { id: email.id }, data: { state: 'unknown' } });
  await leaveInDoubt(transaction, operation.id, {
    question: QUESTION,
    until: new Date(now + retryAfterSeconds * 1_000),
  });
  if (doubt === null) await ask(dependencies, transaction, { operation, email, mailbox });
  return { outcome: 'later', retryAfterSeconds };
}

/** An answer to the mail, or a report about it, is here: whoever wrote that has had it. */
async function isSpokenOf(
  transaction: OrganizationTransaction,
  { mailboxId, messageId }: OutgoingEmail,
): Promise<boolean> {
  const message = await transaction.emailMessage.findFirst({
    where: {
      mailboxId,
      OR: [{ messageId }, { inReplyTo: messageId }, { bounce: { path: ['message_id'], equals: messageId } }],
      NOT: { flags: { has: '\\Draft' } },
    },
    select: { id: true },
  });
  return message !== null;
}

/** The schedule of the channels mails it within a minute. */
async function ask(
  dependencies: SendingDependencies,
  transaction: OrganizationTransaction,
  { operation, email, mailbox }: Pick<SendingRows, 'operation' | 'email' | 'mailbox'>,
): Promise<void> {
  const open: Doubt = { question: QUESTION, keys: [], decision: null, decided_by: null, decided_at: null };
  await transaction.operation.update({
    where: { id: operation.id },
    data: { resolution: open as unknown as Prisma.InputJsonObject },
  });
  await giveNotice(transaction, dependencies, {
    kind: 'email_in_doubt',
    severity: 'critical',
    target: { kind: 'email', id: email.id, name: mailbox.address },
    matter: operation.id,
    occasion: String(email.attempt),
    title: 'Whether a mail was sent is not known',
    text: `Whether a mail from ${mailbox.address} was sent is not known. ${QUESTION}`,
    operationId: operation.id,
    path: `/operations/${operation.id}`,
    to: await decidersAbout(transaction, mailbox, operation.requestedPersonId),
  });
}

async function endDoubt(transaction: OrganizationTransaction, operationId: string): Promise<void> {
  await transaction.operation.update({ where: { id: operationId }, data: { resolution: Prisma.DbNull } });
  await endNoticesOf(transaction, operationId);
}

/** Some servers keep a copy themselves. One that cannot be asked shows nothing. */
async function standsInSent(dependencies: SendingDependencies, sending: EmailSending): Promise<boolean> {
  const { mailbox, email } = await withSending(dependencies, sending, async (_transaction, rows) => rows);
  try {
    return await withImap(dependencies.mail, mailbox, async (client) => {
      const path = await folderPath(client, 'Sent');
      return (await inFolder(client, path, () => uidsOf(client, email.messageId))).length > 0;
    });
  } catch (error) {
    if (!(error instanceof MailboxTrouble)) throw error;
    return false;
  }
}
