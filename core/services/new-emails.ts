import type { Caller } from '../domain/caller.ts';
import { type MailboxRight, mailboxAllows } from '../domain/mailbox.ts';
import { notFound } from '../errors.ts';
import type { EmailContent } from '../outgoing-email/compose.ts';
import type { OrganizationTransaction } from '../store/database.ts';
import type { Mailbox } from '../store/generated/client.ts';
import type { Vault } from '../vault/vault.ts';
import { findThread } from './answered-messages.ts';
import { composeNew, composeReply, type WrittenMembers } from './email-composition.ts';
import { findMailbox, requireMailboxRight } from './mailboxes.ts';

export interface NewEmail {
  mailbox: Mailbox;
  threadId: string | null;
  content: EmailContent;
}

/** The mailbox of what a row belongs to; a deleted one has nothing any more. */
export async function mailboxOf(transaction: OrganizationTransaction, id: string): Promise<Mailbox> {
  const mailbox = await transaction.mailbox.findFirst({ where: { id, deletedAt: null } });
  if (mailbox === null) throw notFound('mailbox', id);
  return mailbox;
}

/** The mailboxes whose mails a caller may list, all of them or one. @throws PublicError `forbidden` of the one */
export async function mailboxesFor(
  transaction: OrganizationTransaction,
  caller: Caller,
  right: MailboxRight,
  mailbox: Mailbox | undefined,
): Promise<string[]> {
  if (mailbox !== undefined) {
    requireMailboxRight(mailbox, caller, right);
    return [mailbox.id];
  }
  const mailboxes = await transaction.mailbox.findMany({ where: { deletedAt: null } });
  return mailboxes.filter(({ permissions }) => mailboxAllows(permissions, right, caller.person.id)).map(({ id }) => id);
}

/**
 * A mail as a caller writes it, in a mailbox that they may write in.
 * @throws PublicError that says what is wrong with it
 */
export async function writeEmail(
  transaction: OrganizationTransaction,
  { vault, caller }: { vault: Vault; caller: Caller },
  input: WrittenMembers & { mailbox?: string | undefined; thread?: string | undefined; right: 'draft' | 'send' },
): Promise<NewEmail> {
  if (input.thread === undefined) {
    const mailbox = await findMailbox(transaction, input.mailbox ?? '');
    requireMailboxRight(mailbox, caller, input.right);
    return { mailbox, threadId: null, content: composeNew(input) };
  }
  const thread = await findThread(transaction, input.thread);
  const mailbox = await mailboxOf(transaction, thread.mailboxId);
  // A reply quotes what it answers.
  requireMailboxRight(mailbox, caller, 'read');
  requireMailboxRight(mailbox, caller, input.right);
  const content = await composeReply(transaction, vault, { mailbox, thread, written: input });
  return { mailbox, threadId: thread.id, content };
}
