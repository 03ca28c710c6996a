import type { EmailBounce } from '../domain/email-message.ts';
import { type Bounce, SEND_EMAIL } from '../domain/outgoing-email.ts';
import { addressKey } from '../domain/recipient.ts';
import type { OrganizationTransaction } from '../store/database.ts';
import type { OutgoingEmail, Prisma } from '../store/generated/client.ts';
import { showNotice } from './notices.ts';
import { bouncesOf } from './outgoing-emails.ts';

/** More reports about one mail than this tell nothing new. */
const MOST_REPORTS = 200;
/** RFC 3463 §2: class, subject and detail. */
const STATUS = /^[245](\.\d{1,3}){2}$/;

/**
 * Shows a delivery report on the mail that it is about. The report is others' word: it names the mail by the Message-ID,
 * which only who had the mail knows, and of its recipients only those count whom the mail went to.
 * @param reportedAt when the report came in
 */
export async function noteBounce(
  transaction: OrganizationTransaction,
  mailboxId: string,
  { message_id: messageId, recipients }: EmailBounce,
  reportedAt: Date,
): Promise<void> {
  if (messageId === null) return;
  const found = await transaction.outgoingEmail.findFirst({ where: { mailboxId, messageId } });
  if (found === null) return;
  // In the order in which whoever sends it locks.
  await transaction.$queryRaw`SELECT id FROM operation WHERE id = ${found.operationId}::uuid FOR UPDATE`;
  await transaction.$queryRaw`SELECT id FROM outgoing_email WHERE id = ${found.id}::uuid FOR UPDATE`;
  const { mailbox, ...email } = await transaction.outgoingEmail.findUniqueOrThrow({
    where: { id: found.id },
    include: { mailbox: { select: { address: true } } },
  });
  const { address } = mailbox;
  const known = bouncesOf(email);
  const news = recipients.flatMap((recipient) => readReport(email, recipient, reportedAt) ?? []);
  const isNew = (bounce: Bounce) => !known.some((older) => isSame(older, bounce));
  const bounces = [...known, ...news.filter(isNew)].slice(0, MOST_REPORTS);
  if (bounces.length === known.length) return;
  await transaction.outgoingEmail.update({
    where: { id: email.id },
    data: { bounces: bounces as unknown as Prisma.InputJsonArray },
  });
  await showOnOperation(transaction, email, bounces);
  await showNotice(transaction, {
    kind: 'email_bounced',
    severity: 'warning',
    target: { kind: 'email', id: email.id, name: address },
    matter: email.id,
    occasion: 'reported',
    title: 'A mail did not reach everybody',
    text: `A mail from ${address} did not reach everybody. Its operation tells more.`,
    operationId: email.operationId,
  });
}

function readReport(
  { recipients }: OutgoingEmail,
  { address, action, status }: EmailBounce['recipients'][number],
  reportedAt: Date,
): Bounce | undefined {
  if (action !== 'failed' && action !== 'delayed') return undefined;
  const recipient = recipients.find((known) => addressKey(known) === addressKey(address)) ?? null;
  return { recipient, action, status: STATUS.test(status) ? status : '', reported_at: reportedAt.toISOString() };
}

/** A server that repeats itself says nothing new. */
function isSame(one: Bounce, other: Bounce): boolean {
  return one.recipient === other.recipient && one.action === other.action && one.status === other.status;
}

/**
 * Also what has ended tells of it: `get_operation` is where whoever sent the mail looks. Whom it is about is for those who
 * may read the mailbox.
 */
async function showOnOperation(
  transaction: OrganizationTransaction,
  { operationId }: OutgoingEmail,
  bounces: readonly Bounce[],
): Promise<void> {
  const operation = await transaction.operation.findUniqueOrThrow({ where: { id: operationId } });
  if (operation.kind !== SEND_EMAIL || operation.status !== 'succeeded') return;
  const told = bounces.map(({ recipient: _recipient, ...bounce }) => bounce);
  const result = { ...(operation.result as Prisma.JsonObject), bounces: told } as unknown as Prisma.InputJsonObject;
  await transaction.operation.update({ where: { id: operationId }, data: { result, updatedAt: new Date() } });
}
