import type { AutomaticMark, EmailAddress } from '../domain/email-message.ts';
import type { AnsweredMessage } from '../domain/email-reply.ts';
import { looksLikeId } from '../domain/names.ts';
import { addressKey } from '../domain/recipient.ts';
import { notFound, PublicError } from '../errors.ts';
import type { OrganizationTransaction } from '../store/database.ts';
import type { EmailMessage, EmailThread, Mailbox, Prisma } from '../store/generated/client.ts';

/** So many mails of ours in one thread within an hour are a loop, whoever asks for them. */
const MOST_IN_THREAD_PER_HOUR = 10;

/**
 * Marks of mail that nothing may answer (RFC 3834 §2). What came over a mailing list was written by a person; who
 * answers it knows that.
 */
const UNANSWERABLE: Record<Exclude<AutomaticMark, 'list'>, string> = {
  bounce: 'it is a delivery report',
  auto_replied: 'it was sent by a machine in answer to another mail',
  auto_generated: 'it was written by a machine',
  bulk: 'it was sent to many at once',
};

/** @throws PublicError `not_found` */
export async function findThread(transaction: OrganizationTransaction, id: string): Promise<EmailThread> {
  const thread = looksLikeId(id) ? await transaction.emailThread.findUnique({ where: { id } }) : null;
  if (thread === null) throw notFound('email thread', id);
  return thread.mergedInto === null ? thread : findThread(transaction, thread.mergedInto);
}

/**
 * The message of a thread that a reply answers: the one named, else the latest that somebody else wrote, else the latest.
 * @throws PublicError `not_found`; `refused_by_policy` where a machine would be answered, or the thread looks like a loop
 */
export async function findAnswered(
  transaction: OrganizationTransaction,
  { mailbox, thread, message: id }: { mailbox: Mailbox; thread: EmailThread; message?: string | undefined },
): Promise<EmailMessage> {
  const among = { threadId: thread.id, NOT: { flags: { has: '\\Draft' } } };
  const wanted = id ?? (await findLatest(transaction, mailbox, among));
  const isId = wanted !== undefined && looksLikeId(wanted);
  const answered = isId ? await transaction.emailMessage.findFirst({ where: { ...among, id: wanted } }) : null;
  if (answered === null) throw notFound('email message', id ?? thread.id);
  refuseMachine(answered);
  await refuseLoop(transaction, thread);
  return answered;
}

async function findLatest(
  transaction: OrganizationTransaction,
  { address: own }: Mailbox,
  among: Prisma.EmailMessageWhereInput,
): Promise<string | undefined> {
  const latest = await transaction.emailMessage.findMany({
    where: among,
    select: { id: true, from: true },
    orderBy: [{ receivedAt: 'desc' }, { id: 'desc' }],
    take: 200,
  });
  const isOurs = (from: unknown) => addressesIn(from).some(({ address }) => addressKey(address) === addressKey(own));
  return (latest.find(({ from }) => !isOurs(from)) ?? latest[0])?.id;
}

function refuseMachine({ automatic }: EmailMessage): void {
  const why = UNANSWERABLE[automatic as keyof typeof UNANSWERABLE] as string | undefined;
  if (why === undefined) return;
  throw new PublicError(
    'refused_by_policy',
    `Nothing answers a machine: this message is not answered, because ${why}. To write to a person of the thread, name their message in \`message\`, or send a new mail.`,
  );
}

async function refuseLoop(transaction: OrganizationTransaction, { id: threadId }: EmailThread): Promise<void> {
  const since = new Date(Date.now() - 3_600_000);
  const count = await transaction.outgoingEmail.count({
    where: { threadId, createdAt: { gt: since }, state: { notIn: ['cancelled', 'failed'] } },
  });
  if (count < MOST_IN_THREAD_PER_HOUR) return;
  throw new PublicError(
    'refused_by_policy',
    `${count} mails of yours went into this thread within an hour, which looks like two machines that answer each other. Look at the thread; it takes mail again later.`,
  );
}

/** The addresses of a header, as the message's row keeps them. */
export function addressesIn(column: unknown): EmailAddress[] {
  return column as EmailAddress[];
}

export function answeredOf(message: EmailMessage): AnsweredMessage {
  const { messageId, inReplyTo, referenceIds, from, replyTo, to, cc, subject, sentAt, receivedAt } = message;
  return {
    messageId,
    inReplyTo,
    referenceIds,
    from: addressesIn(from),
    replyTo: addressesIn(replyTo),
    to: addressesIn(to),
    cc: addressesIn(cc),
    subject,
    date: (sentAt ?? receivedAt).toISOString(),
  };
}
