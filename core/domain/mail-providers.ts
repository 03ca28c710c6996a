import type { MailTls } from './mailbox.ts';

/** Where a provider's mailboxes are, and how one signs in there. */
export interface MailProvider {
  name: string;
  title: string;
  imap: { host: string; port: number; tls: MailTls };
  smtp: { host: string; port: number; tls: MailTls };
  /** What to enter, for people. */
  sign_in: string;
  /** For `auth`, where the provider takes OAuth 2. */
  oauth2: { token_url: string; scope: string } | null;
}

const APP_PASSWORD = 'Make an app password in the account’s security settings; the usual one is refused.';

const onPort = (host: string, port: number): MailProvider['imap'] => ({
  host,
  port,
  tls: port === 587 ? 'starttls' : 'implicit',
});

/** Settings that a person need not look up. */
export const MAIL_PROVIDERS: readonly MailProvider[] = [
  {
    name: 'gmail',
    title: 'Gmail, Google Workspace',
    imap: onPort('imap.gmail.com', 993),
    smtp: onPort('smtp.gmail.com', 465),
    sign_in: `${APP_PASSWORD} Or use OAuth 2 with a refresh token.`,
    oauth2: { token_url: 'https://oauth2.googleapis.com/token', scope: 'https://mail.google.com/' },
  },
  {
    name: 'microsoft365',
    title: 'Microsoft 365, Outlook.com',
    imap: onPort('outlook.office365.com', 993),
    smtp: onPort('smtp.office365.com', 587),
    sign_in: 'OAuth 2 only: passwords are refused. Put the tenant’s ID for "common" in the token URL.',
    oauth2: {
      token_url: 'https://login.microsoftonline.com/common/oauth2/v2.0/token',
      scope: 'https://outlook.office.com/IMAP.AccessAsUser.All https://outlook.office.com/SMTP.Send offline_access',
    },
  },
  provider('fastmail', 'Fastmail', onPort('imap.fastmail.com', 993), onPort('smtp.fastmail.com', 465)),
  provider('icloud', 'iCloud Mail', onPort('imap.mail.me.com', 993), onPort('smtp.mail.me.com', 587)),
  provider('yahoo', 'Yahoo Mail', onPort('imap.mail.yahoo.com', 993), onPort('smtp.mail.yahoo.com', 465)),
  provider('aol', 'AOL Mail', onPort('imap.aol.com', 993), onPort('smtp.aol.com', 465)),
  provider('zoho', 'Zoho Mail', onPort('imap.zoho.com', 993), onPort('smtp.zoho.com', 465)),
  provider('gmx', 'GMX', onPort('imap.gmx.net', 993), onPort('mail.gmx.net', 465)),
  provider('mailbox-org', 'mailbox.org', onPort('imap.mailbox.org', 993), onPort('smtp.mailbox.org', 465)),
  provider(
    'migadu',
    'Migadu',
    onPort('imap.migadu.com', 993),
    onPort('smtp.migadu.com', 465),
    'The mailbox’s password.',
  ),
];

function provider(
  name: string,
  title: string,
  imap: MailProvider['imap'],
  smtp: MailProvider['smtp'],
  signIn = APP_PASSWORD,
): MailProvider {
  return { name, title, imap, smtp, sign_in: signIn, oauth2: null };
}
