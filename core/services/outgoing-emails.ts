import { createHmac } from 'node:crypto';
import { v7 as uuid } from 'uuid';
import type { Dependencies } from '../dependencies.ts';
import { actorOf, type Caller } from '../domain/caller.ts';
import { canonicalJson } from '../domain/canonical-json.ts';
import { looksLikeId } from '../domain/names.ts';
import {
  type Bounce,
  type EmailSending,
  emailSendingWorkflowId,
  type OutgoingState,
  SEND_EMAIL,
  SEND_STEPS,
} from '../domain/outgoing-email.ts';
import { allRecipients, showAddress } from '../domain/recipient.ts';
import { notFound, PublicError } from '../errors.ts';
import { type EmailContent, type Letterhead, wholeText } from '../outgoing-email/compose.ts';
import type { OrganizationTransaction } from '../store/database.ts';
import type { EmailDraft, Mailbox, Operation, OutgoingEmail } from '../store/generated/client.ts';
import type { SealedSecret, Vault } from '../vault/vault.ts';
import { newMessageId, outsideOf } from './email-drafts.ts';
import { acceptOperation } from './operations.ts';
import { decodeCursor, type Page, toPage } from './pages.ts';
import { openEmail, sealEmail } from './written-emails.ts';

export interface WantedEmail {
  mailbox: Mailbox;
  content: EmailContent;
  threadId: string | null;
  draft: EmailDraft | null;
  undoSeconds: number;
  /** For the hash of the content, which an approval is bound to. */
  hashKey: Buffer;
}

/** A keyed hash of all that is sent: whoever reads the operation's row learns nothing of the text from it. */
export function contentHash(hashKey: Buffer, content: EmailContent): string {
  return createHmac('sha256', hashKey).update(canonicalJson(content)).digest('hex');
}

/**
 * Invariant 5: the intent is on record, with its Message-ID, before anything leaves. A draft that is being sent already
 * is joined.
 */
export async function acceptSending(
  transaction: OrganizationTransaction,
  { vault, caller }: { vault: Vault; caller: Caller },
  { mailbox, content, threadId, draft, undoSeconds, hashKey }: WantedEmail,
): Promise<{ operation: Operation; joined: boolean }> {
  const id = uuid();
  const { organizationId } = transaction;
  const accepted = await acceptOperation(transaction, {
    kind: SEND_EMAIL,
    area: 'email',
    steps: SEND_STEPS,
    target: {
      ...(draft === null ? { kind: 'email', id } : { kind: 'email_draft', id: draft.id }),
      name: mailbox.address,
    },
    // Who may follow operations need not be let read the mailbox: the mail itself is get_outgoing_email's to show.
    input: {
      email: id,
      mailbox: mailbox.address,
      recipients: allRecipients(content).length,
      thread: threadId,
      content_hash: contentHash(hashKey, content),
    },
    requestedBy: actorOf(caller),
    requestedPersonId: caller.person.id,
    approvable: 'send',
    workflowId: (operationId) => emailSendingWorkflowId({ operationId }),
  });
  if (accepted.joined) return accepted;
  await transaction.outgoingEmail.create({
    data: {
      id,
      organizationId,
      mailboxId: mailbox.id,
      operationId: accepted.operation.id,
      draftId: draft?.id ?? null,
      threadId,
      messageId: newMessageId(mailbox),
      ...outsideOf(content),
      ...(await sealEmail(vault, 'outgoing', { organizationId, id }, content)),
      undoUntil: new Date(Date.now() + undoSeconds * 1_000),
    },
  });
  if (draft !== null) {
    await transaction.emailDraft.update({ where: { id: draft.id }, data: { state: 'sending', updatedAt: new Date() } });
  }
  return accepted;
}

/** What the workflow of an accepted operation starts with. */
export function sendingOf({ id, organizationId, input, approval }: Operation): EmailSending {
  const { email } = input as { email: string };
  return { organizationId, outgoingEmailId: email, operationId: id, needsApproval: approval !== null };
}

/** Nothing was sent, and nothing will be: the draft that it was made of can be changed and sent again. */
export async function endUnsent(
  transaction: OrganizationTransaction,
  { id, draftId }: Pick<OutgoingEmail, 'id' | 'draftId'>,
  state: 'failed' | 'cancelled',
  now: Date,
): Promise<void> {
  await transaction.outgoingEmail.update({ where: { id }, data: { state, settledAt: now } });
  if (draftId === null) return;
  await transaction.emailDraft.updateMany({
    where: { id: draftId, state: 'sending' },
    data: { state: 'open', updatedAt: now },
  });
}

/** Starts the workflow of an accepted sending. What certainly did not start is not under way either. */
export async function startSending(
  { database, workflows }: Pick<Dependencies, 'database' | 'workflows'>,
  operation: Operation,
): Promise<void> {
  const sending = sendingOf(operation);
  try {
    await workflows.startEmailSending(sending);
  } catch (error) {
    if (error instanceof PublicError) {
      await database.inOrganization(sending.organizationId, async (transaction) => {
        await transaction.$queryRaw`SELECT id FROM operation WHERE id = ${operation.id}::uuid FOR UPDATE`;
        const email = await findOutgoingEmail(transaction, sending.outgoingEmailId);
        // One that the request only joined may have begun.
        const isAccepted = { id: operation.id, status: 'accepted' };
        if ((await transaction.operation.count({ where: isAccepted })) === 0) return;
        await endUnsent(transaction, email, 'failed', new Date());
      });
    }
    throw error;
  }
}

export function bouncesOf({ bounces }: Pick<OutgoingEmail, 'bounces'>): Bounce[] {
  return bounces as unknown as Bounce[];
}

/** @throws PublicError `not_found` */
export async function findOutgoingEmail(transaction: OrganizationTransaction, id: string) {
  const email = looksLikeId(id)
    ? await transaction.outgoingEmail.findUnique({ where: { id }, include: { mailbox: true } })
    : null;
  if (email === null) throw notFound('email', id);
  return email;
}

/** What is sent; null: sent so long ago that only the mailbox still has it. */
export function openOutgoing(vault: Vault, email: OutgoingEmail): Promise<EmailContent | null> {
  const { sealed, wrappedKey, wrapKeyId } = email;
  if (sealed === null || wrappedKey === null || wrapKeyId === null) return Promise.resolve(null);
  const secret: SealedSecret = { sealed, wrappedKey, wrapKeyId };
  return openEmail(vault, 'outgoing', { ...email, ...secret });
}

/** What makes one message of it, the same whenever it is composed. */
export function letterheadOf(
  { messageId, datedAt, createdAt }: OutgoingEmail,
  { displayName, address }: Mailbox,
): Letterhead {
  return { from: { name: displayName, address }, messageId, date: datedAt ?? createdAt };
}

/** A mail on its way or gone, without its text. */
export function describeOutgoing(email: OutgoingEmail & { mailbox: Pick<Mailbox, 'address'> }) {
  return {
    id: email.id,
    operation_id: email.operationId,
    mailbox: email.mailbox.address,
    thread_id: email.threadId,
    state: email.state as OutgoingState,
    message_id: email.messageId,
    subject: email.subject,
    recipients: email.recipients,
    undo_until: email.undoUntil.toISOString(),
    server_answer: email.serverAnswer,
    in_sent: email.copiedAt !== null,
    bounces: bouncesOf(email),
    created_at: email.createdAt.toISOString(),
    settled_at: email.settledAt?.toISOString() ?? null,
  };
}

/** The same with all that is sent. */
export async function describeWholeOutgoing(
  vault: Vault,
  email: OutgoingEmail & { mailbox: Pick<Mailbox, 'address'> },
) {
  const content = await openOutgoing(vault, email);
  return {
    ...describeOutgoing(email),
    to: content?.to.map(showAddress) ?? [],
    cc: content?.cc.map(showAddress) ?? [],
    bcc: content?.bcc.map(showAddress) ?? [],
    text: content === null ? null : wholeText(content),
  };
}

interface OutgoingListing {
  mailboxIds: readonly string[];
  thread?: string | undefined;
  state?: OutgoingState | undefined;
  limit: number;
  cursor?: string | undefined;
}

/** The newest first. */
export async function listOutgoing(
  transaction: OrganizationTransaction,
  { mailboxIds, thread, state, limit, cursor }: OutgoingListing,
): Promise<Page<ReturnType<typeof describeOutgoing>>> {
  const position = decodeCursor(cursor);
  const rows = await transaction.outgoingEmail.findMany({
    where: {
      mailboxId: { in: [...mailboxIds] },
      ...(thread !== undefined && { threadId: thread }),
      ...(state !== undefined && { state }),
      ...(position !== undefined && { id: { lt: position.id } }),
    },
    include: { mailbox: true },
    orderBy: { id: 'desc' },
    take: limit + 1,
  });
  return toPage(rows, limit, describeOutgoing, ({ id }) => ({ sort: '', id }));
}
