import type { Caller } from '../../domain/caller.ts';
import { type EmailAddress, writtenAddress } from '../../domain/email-message.ts';
import { notFound } from '../../errors.ts';
import type { OrganizationTransaction } from '../../store/database.ts';
import { type EmailThread, type Mailbox, Prisma } from '../../store/generated/client.ts';
import { findThread } from '../answered-messages.ts';
import { requireMailboxRight } from '../mailboxes.ts';
import { decodeCursor, isTime, type Page, toPage } from '../pages.ts';

export interface ThreadInMailbox {
  thread: EmailThread;
  mailbox: Mailbox;
}

/**
 * A thread that this caller may read, in a mailbox that is not deleted. One that became part of another leads there.
 * @throws PublicError `not_found`; `forbidden` without the mailbox's right
 */
export async function findReadableThread(
  transaction: OrganizationTransaction,
  caller: Pick<Caller, 'person'>,
  id: string,
): Promise<ThreadInMailbox> {
  const thread = await findThread(transaction, id);
  const mailbox = await transaction.mailbox.findFirst({ where: { id: thread.mailboxId, deletedAt: null } });
  if (mailbox === null) throw notFound('email thread', id);
  requireMailboxRight(mailbox, caller, 'read');
  return { thread, mailbox };
}

export function threadJson(thread: EmailThread) {
  return {
    id: thread.id,
    subject: thread.subject,
    writers: (thread.writers as unknown as EmailAddress[]).map(writtenAddress),
    messages: thread.messageCount,
    unread: thread.unreadCount,
    has_attachments: thread.hasAttachments,
    last_message_at: thread.lastMessageAt.toISOString(),
  };
}

export type ThreadJson = ReturnType<typeof threadJson>;

export interface ThreadListing {
  unread?: boolean | undefined;
  since?: Date | undefined;
  q?: string | undefined;
  /** Threads in whose messages' text the server found `q`. */
  foundInText: readonly string[];
  limit: number;
  cursor?: string | undefined;
}

/** The threads of a mailbox, the one with the latest message first. */
export async function listThreads(
  transaction: OrganizationTransaction,
  mailboxId: string,
  { unread, since, q, foundInText, limit, cursor }: ThreadListing,
): Promise<Page<ThreadJson>> {
  const position = decodeCursor(cursor, isTime);
  const conditions = [
    Prisma.sql`mailbox_id = ${mailboxId}::uuid AND merged_into IS NULL AND message_count > 0`,
    ...(unread === undefined ? [] : [unread ? Prisma.sql`unread_count > 0` : Prisma.sql`unread_count = 0`]),
    ...(since === undefined ? [] : [Prisma.sql`last_message_at >= ${since}`]),
    ...(q === undefined ? [] : [Prisma.sql`(${inHeaders(mailboxId, q)} OR id = ANY(${[...foundInText]}::uuid[]))`]),
    ...(position === undefined
      ? []
      : [Prisma.sql`(last_message_at, id) < (${position.sort}::timestamptz, ${position.id}::uuid)`]),
  ];
  const rows = await transaction.$queryRaw<EmailThread[]>`
    SELECT id, organization_id AS "organizationId", mailbox_id AS "mailboxId", subject, writers,
      message_count AS "messageCount", unread_count AS "unreadCount", has_attachments AS "hasAttachments",
      last_message_at AS "lastMessageAt", merged_into AS "mergedInto"
    FROM email_thread WHERE ${Prisma.join(conditions, ' AND ')}
    ORDER BY last_message_at DESC, id DESC LIMIT ${limit + 1}`;
  return toPage(rows, limit, threadJson, ({ lastMessageAt, id }) => ({ sort: lastMessageAt.toISOString(), id }));
}

function inHeaders(mailboxId: string, q: string): Prisma.Sql {
  const wanted = q.toLowerCase();
  return Prisma.sql`id IN (SELECT thread_id FROM email_message WHERE mailbox_id = ${mailboxId}::uuid
    AND (strpos(lower(subject), ${wanted}) > 0 OR strpos(lower(("from" || "to" || cc)::text), ${wanted}) > 0))`;
}
