import type { Config } from '../config.ts';
import { type MailboxAuth, type MailServer, mailboxAuthSchema } from '../domain/mailbox.ts';
import { PublicError } from '../errors.ts';
import type { Logger } from '../log.ts';
import type { AccessTokens } from '../outbound/access-tokens.ts';
import { UpstreamForbiddenError } from '../outbound/dialer.ts';
import { TokenFetchError } from '../outbound/fetch-access-token.ts';
import type { MailLogin } from '../outbound/imap.ts';
import { mailHostUrl } from '../outbound/link-destinations.ts';
import { MailServerError } from '../outbound/mail-server-error.ts';
import { parseUpstreamUrl, type UpstreamUrl } from '../outbound/upstream-url.ts';
import type { Database, OrganizationTransaction } from '../store/database.ts';
import type { Credential, CredentialVersion, Mailbox } from '../store/generated/client.ts';
import type { Vault } from '../vault/vault.ts';
import { openVersion } from '../vault/version-values.ts';
import { requireAllowedHost } from './allowed-hosts.ts';
import { askWithRefreshToken } from './refresh-tokens.ts';

export interface LoginDependencies {
  config: Config;
  log: Logger;
  database: Database;
  vault: Vault;
  accessTokens: AccessTokens;
}

/** Of a mailbox, or of one that is still to be made. */
export type LoginSettings = Pick<Mailbox, 'organizationId' | 'login' | 'credentialId'> & { auth: unknown };

type Held = Credential & { current: CredentialVersion };

/**
 * Who signs in at a mailbox's server, and with what. Invariant 9: the credential goes only to hosts that are allowed.
 * @throws PublicError `host_not_allowed`, or `conflict` where a credential has no value; MailServerError without a token
 */
export async function readMailLogin(
  dependencies: LoginDependencies,
  mailbox: LoginSettings,
  server: MailServer,
): Promise<MailLogin> {
  const auth = mailboxAuthSchema.parse(mailbox.auth);
  const held = await dependencies.database.inOrganization(mailbox.organizationId, async (transaction) => {
    const secretId = auth.kind === 'oauth2' ? auth.client_secret_credential_id : undefined;
    return {
      main: await readHeld(transaction, mailbox.credentialId),
      clientSecret: secretId === undefined ? null : await readHeld(transaction, secretId),
    };
  });
  const allow = (credential: Credential, url: UpstreamUrl) =>
    requireAllowedHost(dependencies.config, mailbox.organizationId, credential, url);
  allow(held.main, mailHostUrl(server.host));
  if (auth.kind === 'password') return { user: mailbox.login, password: await open(dependencies, held.main) };
  const tokenUrl = parseUpstreamUrl(auth.token_url);
  allow(held.main, tokenUrl);
  if (held.clientSecret !== null) allow(held.clientSecret, tokenUrl);
  return { user: mailbox.login, accessToken: await fetchToken(dependencies, auth, held, server) };
}

async function readHeld(transaction: OrganizationTransaction, id: string): Promise<Held> {
  const credential = await transaction.credential.findFirst({
    where: { id, deletedAt: null },
    include: { versions: { where: { state: 'current' } } },
  });
  const [current] = credential?.versions ?? [];
  if (credential === null || current === undefined) {
    const name = credential === null ? 'is gone' : `"${credential.name}" has no value yet`;
    throw new PublicError('conflict', `The mailbox's credential ${name}. Give the mailbox one that has a value.`);
  }
  return { ...credential, current };
}

/** Invariant 1: the value lives as long as the connection that signs in with it. */
function open({ vault }: LoginDependencies, { current }: Held): Promise<string> {
  return openVersion(vault, current);
}

async function fetchToken(
  dependencies: LoginDependencies,
  auth: Extract<MailboxAuth, { kind: 'oauth2' }>,
  { main, clientSecret }: { main: Held; clientSecret: Held | null },
  server: MailServer,
): Promise<string> {
  // A new version of either is another client.
  const versions = [main, clientSecret].flatMap((held) => held?.current.id ?? []).join('/');
  const secret = auth.grant === 'client_credentials' ? main : clientSecret;
  const request = {
    tokenUrl: auth.token_url,
    clientId: auth.client_id,
    scope: auth.scope,
    clientSecret: secret === null ? null : await open(dependencies, secret),
  };
  const source =
    auth.grant === 'client_credentials'
      ? dependencies.accessTokens.source(versions, request)
      : dependencies.accessTokens.source(versions, request, (fetch) =>
          askWithRefreshToken(dependencies, main.current, (refreshToken) => fetch({ ...request, refreshToken })),
        );
  const header = source.current(Date.now()) ?? (await source.fetched());
  if (header === null) throw tokenFailure(server, source.failure);
  return header.replace(/^Bearer /, '');
}

/** A token server that is away has refused nothing: soon tried again, as a mail server that is away. */
function tokenFailure(server: MailServer, failure: Error | null): MailServerError {
  const isRefusal = failure instanceof TokenFetchError && failure.status !== null && failure.status < 500;
  const isTold = failure instanceof TokenFetchError || failure instanceof UpstreamForbiddenError;
  const why = `no access token: ${isTold ? failure.message : 'it could not be asked for just now'}`;
  return new MailServerError(server, isRefusal ? 'sign_in' : 'connect', why, failure);
}
