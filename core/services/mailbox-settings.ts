import type { Dependencies } from '../dependencies.ts';
import type { Caller } from '../domain/caller.ts';
import {
  MAILBOX_RIGHTS,
  type MailboxAuth,
  type MailboxPermissions,
  type MailTls,
  mailboxAllows,
  mailboxPermissionsSchema,
} from '../domain/mailbox.ts';
import { notFound, PublicError } from '../errors.ts';
import type { OrganizationTransaction } from '../store/database.ts';
import type { Mailbox } from '../store/generated/client.ts';

type Viewer = Pick<Caller, 'person' | 'role'>;

/** What everybody with a right in it sees of a mailbox. */
export function mailboxJson(mailbox: Mailbox, personId: string, unreadThreads: number) {
  return {
    id: mailbox.id,
    address: mailbox.address,
    name: mailbox.displayName,
    status: mailbox.syncState as 'waiting' | 'first_sync' | 'live' | 'failing',
    error: mailbox.syncError,
    synced_at: mailbox.syncedAt?.toISOString() ?? null,
    unread_threads: unreadThreads,
    you_may: MAILBOX_RIGHTS.filter((right) => mailboxAllows(mailbox.permissions, right, personId)),
    restorable_until: mailbox.restorableUntil?.toISOString() ?? null,
  };
}

/** The mailboxes in which a person has a right; admins see all, so that they never lock themselves out of the settings. */
export async function listMailboxes(transaction: OrganizationTransaction, { person, role }: Viewer, deleted: boolean) {
  const mailboxes = await transaction.mailbox.findMany({
    where: deleted ? { deletedAt: { not: null }, purgedAt: null } : { deletedAt: null },
    orderBy: [{ address: 'asc' }, { id: 'asc' }],
    take: 200,
  });
  const unread = await transaction.emailThread.groupBy({
    by: ['mailboxId'],
    where: { unreadCount: { gt: 0 }, mergedInto: null },
    _count: true,
  });
  const counts = new Map(unread.map(({ mailboxId, _count }) => [mailboxId, _count]));
  return mailboxes
    .map((mailbox) => mailboxJson(mailbox, person.id, counts.get(mailbox.id) ?? 0))
    .filter(({ you_may }) => role === 'admin' || you_may.length > 0);
}

/** What admins see: the settings too, never the credential's value (invariant 1). */
export async function describeMailboxSettings(transaction: OrganizationTransaction, id: string) {
  const mailbox = await transaction.mailbox.findUniqueOrThrow({ where: { id } });
  const credential = await transaction.credential.findUniqueOrThrow({ where: { id: mailbox.credentialId } });
  const auth = mailbox.auth as MailboxAuth;
  return {
    id: mailbox.id,
    address: mailbox.address,
    name: mailbox.displayName,
    imap: { host: mailbox.imapHost, port: mailbox.imapPort, tls: mailbox.imapTls as MailTls },
    smtp: { host: mailbox.smtpHost, port: mailbox.smtpPort, tls: mailbox.smtpTls as MailTls },
    login: mailbox.login,
    auth: await authJson(transaction, auth),
    credential: credential.name,
    permissions: await permissionsJson(transaction, mailbox.permissions),
    recipients_allowed: mailbox.recipientAllow,
    recipients_blocked: mailbox.recipientBlock,
    sends_per_hour: mailbox.sendsPerHour,
    status: mailbox.syncState as 'waiting' | 'first_sync' | 'live' | 'failing',
    error: mailbox.syncError,
    synced_at: mailbox.syncedAt?.toISOString() ?? null,
    version: mailbox.version,
    created_at: mailbox.createdAt.toISOString(),
    deleted_at: mailbox.deletedAt?.toISOString() ?? null,
    restorable_until: mailbox.restorableUntil?.toISOString() ?? null,
  };
}

async function authJson(transaction: OrganizationTransaction, auth: MailboxAuth) {
  if (auth.kind === 'password') return auth;
  const { client_secret_credential_id: id, ...rest } = auth;
  if (id === undefined) return rest;
  const { name } = await transaction.credential.findUniqueOrThrow({ where: { id } });
  return { ...rest, client_secret: name };
}

async function permissionsJson(transaction: OrganizationTransaction, stored: unknown) {
  const permissions = mailboxPermissionsSchema.parse(stored);
  const ids = MAILBOX_RIGHTS.flatMap((right) => permissions[right] ?? []);
  const people = await transaction.person.findMany({ where: { id: { in: ids } }, select: { id: true, email: true } });
  const emails = new Map(people.map(({ id, email }) => [id, email]));
  const named = (people: string[] | null) => people?.flatMap((id) => emails.get(id) ?? []) ?? null;
  return { read: named(permissions.read), draft: named(permissions.draft), send: named(permissions.send) };
}

/** As people name each other: e-mail addresses of members; null is everybody. */
export type NamedPermissions = Record<keyof MailboxPermissions, string[] | null>;

/** @throws PublicError `invalid_request` for somebody who is no member */
export async function readPermissions(
  transaction: OrganizationTransaction,
  named: Partial<NamedPermissions>,
  present: unknown,
): Promise<MailboxPermissions> {
  const permissions = mailboxPermissionsSchema.parse(present);
  for (const right of MAILBOX_RIGHTS) {
    const emails = named[right];
    if (emails === undefined) continue;
    permissions[right] = emails === null ? null : await memberIds(transaction, emails, right);
  }
  return permissions;
}

async function memberIds(transaction: OrganizationTransaction, emails: string[], right: string): Promise<string[]> {
  const wanted = [...new Set(emails.map((email) => email.toLowerCase()))];
  const members = await transaction.membership.findMany({
    where: { person: { email: { in: wanted } } },
    select: { personId: true, person: { select: { email: true } } },
  });
  const known = new Set(members.map(({ person }) => person.email));
  const unknown = wanted.filter((email) => !known.has(email));
  if (unknown.length > 0) {
    const message = `${unknown.join(', ')} is no member of this organization. Invite them first.`;
    throw new PublicError('invalid_request', `permissions.${right}: ${message}`, {
      issues: [{ path: `permissions.${right}`, message }],
    });
  }
  return members.map(({ personId }) => personId);
}

/** A mailbox that was deleted within its seven days: by ID, or the address that it had. */
export async function findDeletedMailbox(transaction: OrganizationTransaction, reference: string): Promise<Mailbox> {
  const isId = /^[0-9a-f-]{36}$/i.test(reference);
  const [mailbox] = await transaction.mailbox.findMany({
    where: {
      deletedAt: { not: null },
      purgedAt: null,
      restorableUntil: { gt: new Date() },
      ...(isId ? { id: reference } : { address: reference.toLowerCase() }),
    },
    orderBy: { deletedAt: 'desc' },
    take: 1,
  });
  if (mailbox === undefined) throw notFound('deleted mailbox', reference);
  return mailbox;
}

/** The sync starts, or looks again. Without Temporal it does so within a minute by itself: the change stands anyway. */
export async function startSync(
  { workflows, log }: Pick<Dependencies, 'workflows' | 'log'>,
  mailbox: Pick<Mailbox, 'organizationId' | 'id'>,
): Promise<void> {
  try {
    await workflows.startMailboxSync({ organizationId: mailbox.organizationId, mailboxId: mailbox.id });
  } catch (error) {
    log.warn({ mailbox: mailbox.id, reason: (error as Error).message }, 'the sync of a mailbox starts later');
  }
}
