import { z } from 'zod';

/** Of one organization, not counting deleted ones: each holds a place of the worker that watches them. */
export const MOST_MAILBOXES = 100;

/** What people may be let do with a mailbox; each on its own, beside their role and the scope. */
export const MAILBOX_RIGHTS = ['read', 'draft', 'send'] as const;
export type MailboxRight = (typeof MAILBOX_RIGHTS)[number];

const people = z.array(z.uuid()).nullable().default(null);

/** As it is stored in `mailbox.permissions`: person IDs. null: every member whose role allows it. */
export const mailboxPermissionsSchema = z.object({ read: people, draft: people, send: people });
export type MailboxPermissions = z.output<typeof mailboxPermissionsSchema>;

export function mailboxAllows(permissions: unknown, right: MailboxRight, personId: string): boolean {
  const allowed = mailboxPermissionsSchema.parse(permissions)[right];
  return allowed === null || allowed.includes(personId);
}

/** TLS from the first byte, or asked for before anything else is said; nothing is ever said without. */
export const MAIL_TLS = ['implicit', 'starttls'] as const;
export type MailTls = (typeof MAIL_TLS)[number];

/** Where one of a mailbox's two servers answers. */
export interface MailServer {
  protocol: 'IMAP' | 'SMTP';
  host: string;
  port: number;
  tls: MailTls;
}

interface ServerColumns {
  imapHost: string;
  imapPort: number;
  imapTls: string;
  smtpHost: string;
  smtpPort: number;
  smtpTls: string;
}

export function imapServerOf({ imapHost, imapPort, imapTls }: ServerColumns): MailServer {
  return { protocol: 'IMAP', host: imapHost, port: imapPort, tls: imapTls as MailTls };
}

export function smtpServerOf({ smtpHost, smtpPort, smtpTls }: ServerColumns): MailServer {
  return { protocol: 'SMTP', host: smtpHost, port: smtpPort, tls: smtpTls as MailTls };
}

/**
 * How a mailbox signs in, as it is stored in `mailbox.auth`. With a password, the mailbox's credential is that; with
 * OAuth 2 it is the client secret (client_credentials) or the refresh token (refresh_token), in which case a
 * confidential client's secret is a credential of its own.
 */
export const mailboxAuthSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('password') }),
  z.strictObject({
    kind: z.literal('oauth2'),
    grant: z.enum(['client_credentials', 'refresh_token']),
    token_url: z.string().min(1).max(2_048),
    client_id: z.string().min(1).max(512),
    scope: z.string().min(1).max(2_048).optional(),
    client_secret_credential_id: z.uuid().optional(),
  }),
]);
export type MailboxAuth = z.output<typeof mailboxAuthSchema>;

/** `name@domain` or a domain, lower case. */
export const recipientEntry = z
  .string()
  .trim()
  .toLowerCase()
  .max(254)
  .regex(/^([^\s@,;<>"]+@)?[a-z0-9_-]+(\.[a-z0-9_-]+)+$/, 'write an address or a domain, such as example.com')
  .describe('An address, or a domain with those below it.');

/**
 * Why a mailbox may not write to an address, or null. Blocking wins; an empty list of the allowed allows everybody.
 * @param address `name@domain`
 */
export function recipientRefusal(
  { recipientAllow, recipientBlock }: { recipientAllow: readonly string[]; recipientBlock: readonly string[] },
  address: string,
): 'blocked' | 'not_allowed' | null {
  const whole = address.trim().toLowerCase();
  const domain = whole.slice(whole.lastIndexOf('@') + 1);
  const matches = (entry: string) =>
    entry.includes('@') ? entry === whole : domain === entry || domain.endsWith(`.${entry}`);
  if (recipientBlock.some(matches)) return 'blocked';
  return recipientAllow.length === 0 || recipientAllow.some(matches) ? null : 'not_allowed';
}
