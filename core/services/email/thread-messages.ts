import { createHash } from 'node:crypto';
import { v7 as uuid } from 'uuid';
import type { EmailAddress } from '../../domain/email-message.ts';
import {
  type Grouping,
  groupIntoThreads,
  type StandingMessage,
  SUBJECT_WINDOW_MS,
  type ThreadedMessage,
} from '../../domain/threading.ts';
import type { ReadMessage } from '../../email/read-messages.ts';
import type { OrganizationTransaction } from '../../store/database.ts';
import { type Mailbox, Prisma } from '../../store/generated/client.ts';

/** The messages that a subject may tie a batch to; a flood of one subject is not searched further. */
const MOST_BY_SUBJECT = 1_000;

/**
 * Finds the threads of new messages, makes those that are new, and joins those that turn out to be one. The caller holds
 * the mailbox's lock, so that no other batch does the same at once.
 * @returns the thread of each message, and every thread that has to be looked at again
 */
export async function threadMessages(
  transaction: OrganizationTransaction,
  mailbox: Pick<Mailbox, 'id' | 'address'>,
  messages: readonly ReadMessage[],
): Promise<{ threadIds: string[]; touched: Set<string> }> {
  const threaded = messages.map((message) => asThreaded(message, mailbox.address));
  const grouping = groupIntoThreads(
    threaded,
    {
      threadOf: await readThreadsOf(transaction, mailbox.id, threaded),
      bySubject: await readBySubject(transaction, mailbox, threaded),
    },
    uuid,
  );
  await createThreads(transaction, mailbox.id, messages, grouping);
  await mergeThreads(transaction, grouping.mergedInto);
  await writeReferences(transaction, mailbox.id, grouping.threadOf);
  return { threadIds: grouping.threadIds, touched: new Set([...grouping.threadIds, ...grouping.mergedInto.keys()]) };
}

function asThreaded(message: ReadMessage, ownAddress: string): ThreadedMessage {
  const { messageId, inReplyTo, referenceIds, baseSubject, bareReply, sentAt, receivedAt } = message;
  return {
    messageId,
    referenceIds: inReplyTo === null ? referenceIds : [...referenceIds, inReplyTo],
    baseSubject,
    bareReply,
    sentAt: (sentAt ?? receivedAt).getTime(),
    correspondents: correspondentsOf([...message.from, ...message.to, ...message.cc], ownAddress),
  };
}

function correspondentsOf(people: readonly EmailAddress[], ownAddress: string): string[] {
  const all = new Set(people.map(({ address }) => address.toLowerCase()));
  all.delete(ownAddress);
  return [...all];
}

const hashOf = (messageId: string): Buffer => createHash('sha256').update(messageId).digest();

async function readThreadsOf(
  transaction: OrganizationTransaction,
  mailboxId: string,
  messages: readonly ThreadedMessage[],
): Promise<Map<string, string>> {
  const ids = new Set(messages.flatMap(({ messageId, referenceIds }) => [messageId, ...referenceIds]));
  const idOf = new Map([...ids].map((id) => [hashOf(id).toString('hex'), id]));
  const rows = await transaction.send<{ hash: string; thread_id: string }>(Prisma.sql`
    SELECT encode(hash, 'hex') AS hash, thread_id FROM email_reference
    WHERE mailbox_id = ${mailboxId}::uuid
      AND hash IN (SELECT decode(h, 'hex') FROM unnest(${[...idOf.keys()]}::text[]) AS h)`);
  return new Map(rows.map(({ hash, thread_id }) => [idOf.get(hash) ?? '', thread_id]));
}

/** Bare replies to the batch's messages, and for the batch's bare replies whatever has their subject. */
async function readBySubject(
  transaction: OrganizationTransaction,
  { id: mailboxId, address }: Pick<Mailbox, 'id' | 'address'>,
  messages: readonly ThreadedMessage[],
): Promise<StandingMessage[]> {
  const subjects = (of: readonly ThreadedMessage[]) => [...new Set(of.flatMap(({ baseSubject }) => baseSubject ?? []))];
  const all = subjects(messages);
  if (all.length === 0) return [];
  const ofReplies = subjects(messages.filter(({ bareReply }) => bareReply));
  const times = messages.map(({ sentAt }) => sentAt);
  const rows = await transaction.send<{
    base_subject: string;
    bare_reply: boolean;
    at: Date;
    people: EmailAddress[];
    thread_id: string;
  }>(Prisma.sql`
    SELECT base_subject, bare_reply, coalesce(sent_at, received_at) AS at, "from" || "to" || cc AS people, thread_id
    FROM email_message
    WHERE mailbox_id = ${mailboxId}::uuid AND base_subject = ANY(${all}::text[])
      AND (bare_reply OR base_subject = ANY(${ofReplies}::text[]))
      AND coalesce(sent_at, received_at) BETWEEN ${new Date(Math.min(...times) - SUBJECT_WINDOW_MS)}
        AND ${new Date(Math.max(...times) + SUBJECT_WINDOW_MS)}
    ORDER BY received_at DESC LIMIT ${MOST_BY_SUBJECT}`);
  return rows.map(({ base_subject, bare_reply, at, people, thread_id }) => ({
    baseSubject: base_subject,
    bareReply: bare_reply,
    sentAt: at.getTime(),
    correspondents: correspondentsOf(people, address),
    threadId: thread_id,
  }));
}

async function createThreads(
  transaction: OrganizationTransaction,
  mailboxId: string,
  messages: readonly ReadMessage[],
  { threadIds }: Grouping,
): Promise<void> {
  const first = new Map(threadIds.map((id, at) => [id, messages[at] as ReadMessage] as const));
  const [ids, subjects] = [[...first.keys()], [...first.values()].map(({ subject }) => subject)];
  const times = [...first.values()].map(({ receivedAt }) => receivedAt.toISOString());
  await transaction.send(Prisma.sql`
    INSERT INTO email_thread (id, organization_id, mailbox_id, subject, last_message_at)
    SELECT t.id, ${transaction.organizationId}::uuid, ${mailboxId}::uuid, t.subject, t.at
    FROM unnest(${ids}::uuid[], ${subjects}::text[], ${times}::timestamptz[]) AS t(id, subject, at)
    ON CONFLICT (id) DO NOTHING`);
}

async function mergeThreads(
  transaction: OrganizationTransaction,
  mergedInto: ReadonlyMap<string, string>,
): Promise<void> {
  if (mergedInto.size === 0) return;
  const [from, into] = [[...mergedInto.keys()], [...mergedInto.values()]];
  const moves = Prisma.sql`unnest(${from}::uuid[], ${into}::uuid[]) AS m(old, new)`;
  await transaction.send(Prisma.sql`UPDATE email_message SET thread_id = m.new FROM ${moves} WHERE thread_id = m.old`);
  await transaction.send(
    Prisma.sql`UPDATE email_reference SET thread_id = m.new FROM ${moves} WHERE thread_id = m.old`,
  );
  // Whoever knows the old ID, or one that was merged into it before, is led on.
  await transaction.send(
    Prisma.sql`UPDATE email_thread SET merged_into = m.new FROM ${moves} WHERE id = m.old OR merged_into = m.old`,
  );
}

async function writeReferences(
  transaction: OrganizationTransaction,
  mailboxId: string,
  threadOf: ReadonlyMap<string, string>,
): Promise<void> {
  const hashes = [...threadOf.keys()].map((id) => hashOf(id).toString('hex'));
  await transaction.send(Prisma.sql`
    INSERT INTO email_reference (organization_id, mailbox_id, hash, thread_id)
    SELECT ${transaction.organizationId}::uuid, ${mailboxId}::uuid, decode(r.hash, 'hex'), r.thread_id
    FROM unnest(${hashes}::text[], ${[...threadOf.values()]}::uuid[]) AS r(hash, thread_id)
    ON CONFLICT (mailbox_id, hash) DO UPDATE SET thread_id = EXCLUDED.thread_id
    WHERE email_reference.thread_id <> EXCLUDED.thread_id`);
}
