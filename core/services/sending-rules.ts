import type { Caller } from '../domain/caller.ts';
import { mailboxAllows, recipientRefusal } from '../domain/mailbox.ts';
import { COUNTED_STATES, SEND_EMAIL } from '../domain/outgoing-email.ts';
import { allRecipients, MOST_RECIPIENTS, type Recipients } from '../domain/recipient.ts';
import { HOUR_MS } from '../domain/times.ts';
import { PublicError } from '../errors.ts';
import type { OrganizationTransaction } from '../store/database.ts';
import type { Mailbox, Operation } from '../store/generated/client.ts';
import { requireMailboxRight } from './mailboxes.ts';

const REFUSALS = {
  blocked: 'is on the list of blocked recipients',
  not_allowed: 'is not on the list of allowed recipients',
} as const;

interface Wanted {
  mailbox: Mailbox;
  personId: string | null;
  recipients: Recipients;
  /** A mail that counts already. */
  except?: string;
}

/**
 * Why a mailbox may not send this now: asked when a mail is accepted, and again when it leaves.
 * @returns what to tell, or null
 */
export async function whyNotSent(
  transaction: OrganizationTransaction,
  { mailbox, personId, recipients, except }: Wanted,
): Promise<string | null> {
  if (mailbox.deletedAt !== null) return `The mailbox ${mailbox.address} was deleted.`;
  if (personId === null || !mailboxAllows(mailbox.permissions, 'send', personId)) {
    return `Who asked may not send mail from ${mailbox.address} (any more).`;
  }
  const all = allRecipients(recipients);
  if (all.length === 0) return 'The mail has no recipient. Give `to`.';
  if (all.length > MOST_RECIPIENTS) return `A mail goes to at most ${MOST_RECIPIENTS} recipients.`;
  for (const { address } of all) {
    const refusal = recipientRefusal(mailbox, address);
    if (refusal !== null) {
      return `${address} ${REFUSALS[refusal]} of ${mailbox.address}. An organization admin can change that.`;
    }
  }
  return whyLimited(transaction, mailbox, except);
}

/** Before a mail is accepted, those that wait to leave count too. */
async function whyLimited(
  transaction: OrganizationTransaction,
  { id: mailboxId, address, sendsPerHour }: Mailbox,
  except: string | undefined,
): Promise<string | null> {
  if (sendsPerHour === null) return null;
  const leaving = { state: { in: [...COUNTED_STATES] }, datedAt: { gt: new Date(Date.now() - HOUR_MS) } };
  const counted = await transaction.outgoingEmail.count({
    where:
      except === undefined
        ? { mailboxId, OR: [leaving, { state: 'accepted' }] }
        : { mailboxId, ...leaving, id: { not: except } },
  });
  if (counted < sendsPerHour) return null;
  return `${address} sends at most ${sendsPerHour} mails an hour, and has used them up. Try again later, or ask an organization admin.`;
}

/**
 * Who decides about a mail that is on its way may send from its mailbox; who asked for it may always take it back.
 * @throws PublicError `forbidden`; `refused_by_policy` where it is to be sent once more and may not be (any more)
 */
export async function requireSender(
  transaction: OrganizationTransaction,
  caller: Pick<Caller, 'person'>,
  { id: operationId, kind, requestedPersonId }: Operation,
  decision: 'cancel' | 'sent' | 'resend',
): Promise<void> {
  if (kind !== SEND_EMAIL || (decision === 'cancel' && requestedPersonId === caller.person.id)) return;
  const { mailbox, ...email } = await transaction.outgoingEmail.findUniqueOrThrow({
    where: { operationId },
    include: { mailbox: true },
  });
  requireMailboxRight(mailbox, caller, 'send');
  if (decision !== 'resend') return;
  const recipients = { to: email.recipients.map((address) => ({ name: '', address })), cc: [], bcc: [] };
  const wanted = { mailbox, personId: caller.person.id, recipients, except: email.id };
  const why = await whyNotSent(transaction, wanted);
  if (why !== null) throw new PublicError('refused_by_policy', why);
}
