import type { Caller } from '../domain/caller.ts';
import { type MailboxRight, MOST_MAILBOXES, mailboxAllows, mailboxPermissionsSchema } from '../domain/mailbox.ts';
import { looksLikeId } from '../domain/names.ts';
import { notFound, PublicError } from '../errors.ts';
import type { OrganizationTransaction } from '../store/database.ts';
import type { Credential, Mailbox } from '../store/generated/client.ts';
import type { Addressees } from './member-addresses.ts';

/**
 * A mailbox that is not deleted: by ID, address, or the part of the address before the `@` (`support@` or `support`).
 * @throws PublicError `not_found`, or `conflict` with the candidates when several begin like this
 */
export async function findMailbox(transaction: OrganizationTransaction, reference: string): Promise<Mailbox> {
  const candidates = await transaction.mailbox.findMany({
    where: { deletedAt: null, ...meaning(reference) },
    orderBy: { address: 'asc' },
    take: 20,
  });
  const [mailbox] = candidates;
  if (mailbox === undefined) throw notFound('mailbox', reference);
  if (candidates.length > 1) {
    throw new PublicError('conflict', `Several mailboxes begin with "${reference}". Name one by its whole address.`, {
      members: { candidates: candidates.map(({ id, address }) => ({ id, address })) },
    });
  }
  return mailbox;
}

function meaning(reference: string) {
  if (looksLikeId(reference)) return { id: reference };
  const address = reference.trim().toLowerCase();
  if (/@./.test(address)) return { address };
  return { address: { startsWith: `${address.replace(/@$/, '')}@` } };
}

/**
 * Beside role and scope, which `invoke` has seen to.
 * @throws PublicError `forbidden`
 */
export function requireMailboxRight(mailbox: Mailbox, caller: Pick<Caller, 'person'>, right: MailboxRight): void {
  if (mailboxAllows(mailbox.permissions, right, caller.person.id)) return;
  throw new PublicError(
    'forbidden',
    `You may not ${WORDS[right]} ${mailbox.address}. An organization admin can let you, in the mailbox's permissions.`,
  );
}

/** Managers and admins who may read a mailbox. */
export function managersWhoRead({ permissions }: Pick<Mailbox, 'permissions'>): Addressees {
  const { read: personIds } = mailboxPermissionsSchema.parse(permissions);
  return { role: 'manager', ...(personIds && { personIds }) };
}

/**
 * Who decides about a mail in doubt: managers and admins who may send from its mailbox, of those who see what becomes of its
 * mails (operations.ts).
 * @param askerId who asked for the mail
 */
export async function decidersAbout(
  transaction: OrganizationTransaction,
  { permissions }: Pick<Mailbox, 'permissions'>,
  askerId: string | null,
): Promise<Addressees> {
  const { read, send } = mailboxPermissionsSchema.parse(permissions);
  if (read === null) return { role: 'manager', ...(send && { personIds: send }) };
  const admins = await transaction.membership.findMany({ where: { role: 'admin' }, select: { personId: true } });
  const seeing = [...read, ...(askerId === null ? [] : [askerId]), ...admins.map(({ personId }) => personId)];
  return { role: 'manager', personIds: seeing.filter((personId) => send === null || send.includes(personId)) };
}

const WORDS: Record<MailboxRight, string> = {
  read: 'read the mailbox',
  draft: 'write drafts in',
  send: 'send mail from',
};

/** @throws PublicError `conflict` when the organization has as many as it may */
export async function requireRoomForMailbox(transaction: OrganizationTransaction): Promise<void> {
  const count = await transaction.mailbox.count({ where: { deletedAt: null } });
  if (count < MOST_MAILBOXES) return;
  throw new PublicError('conflict', `An organization has at most ${MOST_MAILBOXES} mailboxes. Disconnect one first.`);
}

/** The same as `findMailbox`, and nobody else changes it until the transaction ends. */
export async function lockedMailbox(transaction: OrganizationTransaction, reference: string): Promise<Mailbox> {
  const { id } = await findMailbox(transaction, reference);
  await transaction.$queryRaw`SELECT id FROM mailbox WHERE id = ${id}::uuid FOR UPDATE`;
  return findMailbox(transaction, id);
}

/** @throws PublicError `conflict` with the mailboxes that sign in with a credential */
export async function requireNoMailbox(
  transaction: OrganizationTransaction,
  { id, name }: Pick<Credential, 'id' | 'name'>,
): Promise<void> {
  const mailboxes = await transaction.mailbox.findMany({
    where: {
      deletedAt: null,
      OR: [{ credentialId: id }, { auth: { path: ['client_secret_credential_id'], equals: id } }],
    },
  });
  if (mailboxes.length === 0) return;
  const addresses = mailboxes.map(({ address }) => address).join(', ');
  throw new PublicError('conflict', `"${name}" is what ${addresses} signs in with. Give it another credential first.`);
}
