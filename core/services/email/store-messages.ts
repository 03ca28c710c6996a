import { v7 as uuid } from 'uuid';
import type { Dependencies } from '../../dependencies.ts';
import type { ReadMessage } from '../../email/read-messages.ts';
import type { OrganizationTransaction } from '../../store/database.ts';
import { type Mailbox, type MailboxFolder, Prisma } from '../../store/generated/client.ts';
import { emailAssociation } from '../../vault/vault.ts';
import { noteBounce } from '../bounces.ts';
import { refreshThreads } from './thread-figures.ts';
import { threadMessages } from './thread-messages.ts';

/** How far a folder has been read, as a batch leaves it. */
export type FolderProgress = Partial<
  Pick<MailboxFolder, 'uidValidity' | 'lastUid' | 'backfilledFrom' | 'highestModseq'>
> & { trouble?: Prisma.InputJsonObject };

/**
 * Stores a batch of messages in their threads, with how far the folder has been read, all or nothing. What is there
 * already stays as it is, so a batch may come twice.
 */
export async function storeMessages(
  { database, vault }: Pick<Dependencies, 'database' | 'vault'>,
  { mailbox, folder }: { mailbox: Mailbox; folder: Pick<MailboxFolder, 'id'> },
  messages: readonly ReadMessage[],
  progress: FolderProgress,
): Promise<void> {
  // Sealed before the transaction: a master key may be on another machine.
  const sealed = await sealAll(vault, mailbox, messages);
  await database.inOrganization(mailbox.organizationId, async (transaction) => {
    await lockMailbox(transaction, mailbox.id);
    if (messages.length > 0) await addMessages(transaction, { mailbox, folder }, sealed);
    await transaction.mailboxFolder.update({ where: { id: folder.id }, data: progress });
  });
}

/** Puts a message in the place of what stood for it, also in its thread: who knows that one's ID is led to the message's. */
export async function replaceMessage(
  { database, vault }: Pick<Dependencies, 'database' | 'vault'>,
  { mailbox, folder }: { mailbox: Mailbox; folder: Pick<MailboxFolder, 'id'> },
  placeholder: ReadMessage,
  message: ReadMessage,
  progress: FolderProgress,
): Promise<void> {
  const sealed = await sealAll(vault, mailbox, [message]);
  await database.inOrganization(mailbox.organizationId, async (transaction) => {
    await lockMailbox(transaction, mailbox.id);
    const { uid, messageId } = placeholder;
    await transaction.emailMessage.deleteMany({ where: { folderId: folder.id, uid, messageId } });
    await addMessages(transaction, { mailbox, folder }, sealed, [messageId]);
    await transaction.mailboxFolder.update({ where: { id: folder.id }, data: progress });
  });
}

/** @param alsoNamed Message-IDs whose threads these messages belong to beside those that they name */
async function addMessages(
  transaction: OrganizationTransaction,
  { mailbox, folder }: { mailbox: Mailbox; folder: Pick<MailboxFolder, 'id'> },
  sealed: readonly SealedMessage[],
  alsoNamed: readonly string[] = [],
): Promise<void> {
  const messages = sealed.map(({ message }) => message);
  const named = messages.map((each) => ({ ...each, referenceIds: [...each.referenceIds, ...alsoNamed] }));
  const { threadIds, touched } = await threadMessages(transaction, mailbox, named);
  await insertMessages(transaction, { mailboxId: mailbox.id, folderId: folder.id }, sealed, threadIds);
  await refreshThreads(transaction, touched);
  for (const { bounce, receivedAt } of messages) {
    if (bounce !== null) await noteBounce(transaction, mailbox.id, bounce, receivedAt);
  }
}

/** Batches of one mailbox come one after the other: each looks for threads that the one before has made. */
export async function lockMailbox(transaction: OrganizationTransaction, mailboxId: string): Promise<void> {
  await transaction.send(Prisma.sql`SELECT id FROM mailbox WHERE id = ${mailboxId}::uuid FOR NO KEY UPDATE`);
}

type SealedMessage = Awaited<ReturnType<typeof seal>>;

/** Past Prisma, whose copies of a batch's texts would take several times their memory. */
async function insertMessages(
  transaction: OrganizationTransaction,
  { mailboxId, folderId }: { mailboxId: string; folderId: string },
  messages: readonly SealedMessage[],
  threadIds: readonly string[],
): Promise<void> {
  const rows = messages.map(({ message, id, wrapKeyId }, at) => ({
    at: at + 1,
    id,
    uid: message.uid,
    thread_id: threadIds[at],
    message_id: message.messageId,
    in_reply_to: message.inReplyTo,
    reference_ids: message.referenceIds,
    base_subject: message.baseSubject,
    bare_reply: message.bareReply,
    from: message.from,
    to: message.to,
    cc: message.cc,
    reply_to: message.replyTo,
    subject: message.subject,
    sent_at: message.sentAt,
    received_at: message.receivedAt,
    seen: message.seen,
    flags: message.flags,
    size_bytes: message.sizeBytes,
    attachments: message.attachments,
    automatic: message.automatic,
    bounce: message.bounce,
    wrap_key_id: wrapKeyId,
  }));
  const sealed = messages.map((each) => each.sealed);
  const wrappedKeys = messages.map((each) => each.wrappedKey);
  await transaction.send(Prisma.sql`
    INSERT INTO email_message (id, organization_id, mailbox_id, folder_id, uid, thread_id, message_id, in_reply_to,
      reference_ids, base_subject, bare_reply, "from", "to", cc, reply_to, subject, sent_at, received_at, seen, flags,
      size_bytes, attachments, automatic, bounce, sealed, wrapped_key, wrap_key_id)
    SELECT r.id, ${transaction.organizationId}::uuid, ${mailboxId}::uuid, ${folderId}::uuid, r.uid, r.thread_id, r.message_id,
      r.in_reply_to, r.reference_ids, r.base_subject, r.bare_reply, r."from", r."to", r.cc, r.reply_to, r.subject, r.sent_at,
      r.received_at, r.seen, r.flags, r.size_bytes, r.attachments, r.automatic, r.bounce, s.sealed, s.wrapped_key, r.wrap_key_id
    FROM jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) AS r(at int, id uuid, uid bigint, thread_id uuid,
        message_id text, in_reply_to text, reference_ids text[], base_subject text, bare_reply boolean, "from" jsonb,
        "to" jsonb, cc jsonb, reply_to jsonb, subject text, sent_at timestamptz, received_at timestamptz, seen boolean,
        flags text[], size_bytes bigint, attachments jsonb, automatic text, bounce jsonb, wrap_key_id text)
      JOIN unnest(${sealed}::bytea[], ${wrappedKeys}::bytea[]) WITH ORDINALITY AS s(sealed, wrapped_key, at) ON s.at = r.at
    ON CONFLICT (folder_id, uid) DO NOTHING`);
}

function sealAll(vault: Dependencies['vault'], { organizationId }: Mailbox, messages: readonly ReadMessage[]) {
  return Promise.all(messages.map((message) => seal(vault, organizationId, message)));
}

async function seal(vault: Dependencies['vault'], organizationId: string, message: ReadMessage) {
  const id = uuid();
  if (message.text === null) return { message, id, sealed: null, wrappedKey: null, wrapKeyId: null };
  const text = Buffer.from(message.text, 'utf8');
  return { message, id, ...(await vault.seal(text, emailAssociation(organizationId, id))) };
}
