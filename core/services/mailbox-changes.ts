import { v7 as uuid } from 'uuid';
import type { Dependencies } from '../dependencies.ts';
import type { Caller } from '../domain/caller.ts';
import { MAIL_PROVIDERS } from '../domain/mail-providers.ts';
import { imapServerOf, type MailboxAuth, type MailTls, smtpServerOf } from '../domain/mailbox.ts';
import { PublicError } from '../errors.ts';
import { mailHostUrl } from '../outbound/link-destinations.ts';
import { hostEntry, parseUpstreamUrl, UpstreamUrlError } from '../outbound/upstream-url.ts';
import type { OrganizationTransaction } from '../store/database.ts';
import type { Mailbox } from '../store/generated/client.ts';
import { nameConflict } from './agents.ts';
import { findCredential, readSecretValue, storeCredentialValue } from './credentials.ts';
import type { MailServers } from './mail-access.ts';
import { requireUsable, type TrialStep } from './mailbox-trial.ts';

interface WishedServer {
  host: string;
  port: number;
  tls: MailTls;
}

export type WishedAuth =
  | { kind: 'password' }
  | (Omit<Extract<MailboxAuth, { kind: 'oauth2' }>, 'client_secret_credential_id'> & {
      client_secret?: string | undefined;
    });

/** How a mailbox is reached, as somebody wishes it. */
export interface WishedConnection {
  imap?: WishedServer | undefined;
  smtp?: WishedServer | undefined;
  login?: string | undefined;
  auth?: WishedAuth | undefined;
  /** A reference. */
  credential?: string | undefined;
  password?: string | undefined;
}

/** The columns of a mailbox that say how it is reached. Without `credentialId` the password is still to be stored. */
export type ConnectionColumns = Pick<
  Mailbox,
  'imapHost' | 'imapPort' | 'imapTls' | 'smtpHost' | 'smtpPort' | 'smtpTls' | 'login'
> & { auth: MailboxAuth; credentialId: string | null };

/** Fills in what a provider's name stands for. */
export function withProvider(name: string | undefined, wished: WishedConnection): WishedConnection {
  const known = MAIL_PROVIDERS.find((each) => each.name === name);
  return { ...wished, imap: wished.imap ?? known?.imap, smtp: wished.smtp ?? known?.smtp };
}

/**
 * @param present of the mailbox that is changed; null: a new one with this address
 * @throws PublicError `invalid_request` that says what is missing, `not_found` for a credential
 */
export async function readConnection(
  transaction: OrganizationTransaction,
  wished: WishedConnection,
  present: Mailbox | null,
  address: string,
): Promise<ConnectionColumns> {
  const imap = wished.imap ?? (present === null ? undefined : imapServerOf(present));
  const smtp = wished.smtp ?? (present === null ? undefined : smtpServerOf(present));
  if (imap === undefined || smtp === undefined) throw missing('imap', 'Name `provider`, or `imap` and `smtp`.');
  const auth =
    wished.auth === undefined ? (present?.auth ?? { kind: 'password' }) : await readAuth(transaction, wished.auth);
  const credential = wished.credential === undefined ? null : await findCredential(transaction, wished.credential);
  const credentialId = credential?.id ?? (wished.password === undefined ? (present?.credentialId ?? null) : null);
  if (credentialId === null && wished.password === undefined) {
    throw missing('credential', 'Name a `credential` of the vault, or send the `password`.');
  }
  return {
    imapHost: mailHost(imap.host, 'imap.host'),
    imapPort: imap.port,
    imapTls: imap.tls,
    smtpHost: mailHost(smtp.host, 'smtp.host'),
    smtpPort: smtp.port,
    smtpTls: smtp.tls,
    login: wished.login ?? present?.login ?? address,
    auth: auth as ConnectionColumns['auth'],
    credentialId,
  };
}

function missing(path: string, message: string): PublicError {
  return new PublicError('invalid_request', message, { issues: [{ path, message }] });
}

async function readAuth(transaction: OrganizationTransaction, auth: WishedAuth): Promise<MailboxAuth> {
  if (auth.kind === 'password') return auth;
  const { client_secret: reference, ...rest } = auth;
  try {
    parseUpstreamUrl(rest.token_url);
  } catch (error) {
    throw missing('auth.token_url', (error as Error).message);
  }
  if (reference === undefined) return rest;
  return { ...rest, client_secret_credential_id: (await findCredential(transaction, reference)).id };
}

/** One exact name or address, as it also stands in `allowed_hosts`. */
function mailHost(text: string, path: string): string {
  try {
    const url = parseUpstreamUrl(text);
    if (hostEntry(url) === url.hostname && url.basePath === '' && !text.includes('://')) {
      return url.hostname.replace(/^\[|\]$/g, '');
    }
  } catch (error) {
    if (!(error instanceof UpstreamUrlError)) throw error;
  }
  throw missing(path, `${path}: write a host alone, such as imap.example.com.`);
}

export const serversOf = (columns: ConnectionColumns): MailServers => ({
  imap: imapServerOf(columns),
  smtp: smtpServerOf(columns),
});

/**
 * Tries a connection out before it is saved. Outside any transaction.
 * @throws PublicError `mailbox_unusable` with the steps, `upstream_forbidden`, `host_not_allowed`
 */
export async function tryConnection(
  { mail }: Pick<Dependencies, 'mail'>,
  organizationId: string,
  columns: ConnectionColumns,
  password: string | undefined,
): Promise<TrialStep[]> {
  const login = { organizationId, login: columns.login, auth: columns.auth, credentialId: columns.credentialId ?? '' };
  const trial = await mail.tryOut(serversOf(columns), login, password);
  requireUsable(trial);
  return trial;
}

/** Keeps a mailbox's password in the vault, for its two hosts alone (invariant 9). @returns the credential's ID */
export async function storePassword(
  transaction: OrganizationTransaction,
  dependencies: Dependencies,
  {
    caller,
    address,
    columns,
    password,
  }: { caller: Caller; address: string; columns: ConnectionColumns; password: string },
): Promise<string> {
  const { organizationId } = transaction;
  const name = `${address
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '')
    .slice(0, 50)}-${uuid().slice(-6)}`;
  const { id } = await nameConflict(
    'a credential',
    name,
    transaction.credential.create({ data: { organizationId, name, labels: ['mailbox'], createdBy: caller.person.id } }),
  );
  await storeCredentialValue(transaction, dependencies, {
    credentialId: id,
    value: readSecretValue(password),
    personId: caller.person.id,
    allowedHosts: [...new Set([columns.imapHost, columns.smtpHost].map((host) => hostEntry(mailHostUrl(host))))],
  });
  return id;
}
