import type { EmailAddress } from '../domain/email-message.ts';
import { quote, replyRecipients, replySubject, threadHeaders } from '../domain/email-reply.ts';
import { hasUnseen, parseRecipient, parseRecipients, type Recipients } from '../domain/recipient.ts';
import { type InputIssue, PublicError } from '../errors.ts';
import type { EmailContent } from '../outgoing-email/compose.ts';
import type { OrganizationTransaction } from '../store/database.ts';
import type { EmailMessage, EmailThread, Mailbox } from '../store/generated/client.ts';
import { emailAssociation, type Vault } from '../vault/vault.ts';
import { answeredOf, findAnswered } from './answered-messages.ts';

/** A mail as a caller writes it. */
export interface WrittenMembers {
  /** The message of the thread that is answered. */
  message?: string | undefined;
  reply_all?: boolean | undefined;
  to?: string[] | undefined;
  cc?: string[] | undefined;
  bcc?: string[] | undefined;
  subject?: string | undefined;
  text: string;
}

/** @throws PublicError `invalid_request` that names each wrong member */
export function readRecipients(given: Pick<WrittenMembers, 'to' | 'cc' | 'bcc'>): Recipients {
  const parsed = parseRecipients(given);
  if ('issues' in parsed) throw invalid(parsed.issues);
  return parsed.recipients;
}

/** @throws PublicError `invalid_request` */
export function checkSubject(subject: string): string {
  if (!hasUnseen(subject)) return subject;
  throw invalid([
    { path: 'subject', message: 'holds a line end or another character that is not seen; write it anew' },
  ]);
}

export function invalid(issues: InputIssue[]): PublicError {
  const told = issues.slice(0, 10).map(({ path, message }) => `${path}: ${message}`);
  return new PublicError('invalid_request', `The mail cannot be written: ${told.join('; ')}`, { issues });
}

/** A mail of its own. */
export function composeNew(written: WrittenMembers): EmailContent {
  return {
    ...readRecipients(written),
    subject: checkSubject(written.subject ?? ''),
    text: written.text,
    quote: null,
    thread: null,
  };
}

/** A reply in a thread: whom and what it answers is the message's own; what the caller gives goes before that. */
export async function composeReply(
  transaction: OrganizationTransaction,
  vault: Vault,
  { mailbox, thread, written }: { mailbox: Mailbox; thread: EmailThread; written: WrittenMembers },
): Promise<EmailContent> {
  const message = await findAnswered(transaction, { mailbox, thread, message: written.message });
  const answered = answeredOf(message);
  const own = replyRecipients(answered, { own: [mailbox.address], all: written.reply_all === true });
  const given = readRecipients(written);
  const text = await openText(vault, message);
  return {
    to: written.to === undefined ? usable(own.to) : given.to,
    cc: written.cc === undefined ? usable(own.cc) : given.cc,
    bcc: given.bcc,
    subject: checkSubject(written.subject ?? replySubject(message.subject)),
    text: written.text,
    quote: text === null ? null : quote(answered, text),
    thread: threadHeaders(answered),
  };
}

/** Addresses of others' headers pass as callers' do; a name that hides something is left out. */
function usable(addresses: EmailAddress[]): EmailAddress[] {
  return addresses.flatMap(({ name, address }) => {
    const whole = parseRecipient(`"${name.replaceAll(/["\\]/g, '')}" <${address}>`);
    const parsed = 'problem' in whole ? parseRecipient(address) : whole;
    return 'problem' in parsed ? [] : [parsed];
  });
}

async function openText(vault: Vault, message: EmailMessage): Promise<string | null> {
  const { organizationId, id, sealed, wrappedKey, wrapKeyId } = message;
  if (sealed === null || wrappedKey === null || wrapKeyId === null) return null;
  const text = await vault.open({ sealed, wrappedKey, wrapKeyId }, emailAssociation(organizationId, id));
  return text.toString('utf8');
}
