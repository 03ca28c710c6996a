import type { ImapFlow } from 'imapflow';
import type { SMTPTransportOptions } from 'nodemailer/lib/smtp-transport';
import type { Dispatcher } from 'undici';
import { createOrganizationAllowance } from '../allowance.ts';
import { imapServerOf, type MailServer, smtpServerOf } from '../domain/mailbox.ts';
import { AccessTokens } from '../outbound/access-tokens.ts';
import type { Dialer } from '../outbound/dialer.ts';
import { connectImap } from '../outbound/imap.ts';
import { smtpSettings } from '../outbound/smtp.ts';
import type { Mailbox } from '../store/generated/client.ts';
import { type LoginDependencies, type LoginSettings, readMailLogin } from './mail-login.ts';
import { type TrialStep, tryMailbox } from './mailbox-trial.ts';

/** Connections to mailboxes' own servers. Outside any transaction: it reads the credential and calls other machines. */
export interface MailAccess {
  /**
   * @returns a client that is signed in; the caller closes it
   * @throws MailServerError that tells which step failed; PublicError where the mailbox's credential cannot serve
   */
  openImap(mailbox: Mailbox): Promise<ImapFlow>;
  /**
   * What nodemailer sends by: each connection is made through the guard, and signs in as the mailbox.
   * @throws the same; what fails at the SMTP server itself is thrown by nodemailer
   */
  smtpSettings(mailbox: Mailbox): Promise<SMTPTransportOptions>;
  /**
   * Tries settings out, step by step.
   * @param password instead of the credential's value, before there is one
   * @throws PublicError `rate_limited`, `upstream_forbidden`, `host_not_allowed`, or where the credential cannot serve
   */
  tryOut(servers: MailServers, login: LoginSettings, password?: string): Promise<TrialStep[]>;
}

export interface MailServers {
  imap: MailServer;
  smtp: MailServer;
}

/** Servers that one organization tries out: so many at once, then one more each so many milliseconds. */
const TRIALS = { burst: 40, refillMs: 15_000 };

/** @param tokenAgent fetches OAuth access tokens, through the guard as the dialer does (invariant 2) */
export function createMailAccess(
  dependencies: Omit<LoginDependencies, 'accessTokens'> & { dialer: Dialer; tokenAgent: Dispatcher },
): MailAccess {
  const { log, dialer, tokenAgent } = dependencies;
  const accessTokens = new AccessTokens(tokenAgent, (credentialVersionId, { message }) =>
    log.warn({ credentialVersionId, reason: message }, 'no access token for a mailbox'),
  );
  /** Nobody knocks at strangers' doors, or guesses at their passwords, without end in this installation's name. */
  const requireFewTrials = createOrganizationAllowance(TRIALS, 'tried many mail servers out');
  const login = (mailbox: LoginSettings, server: MailServer) =>
    readMailLogin({ ...dependencies, accessTokens }, mailbox, server);
  return {
    async openImap(mailbox) {
      const server = imapServerOf(mailbox);
      return connectImap(dialer, server, await login(mailbox, server));
    },
    async smtpSettings(mailbox) {
      const server = smtpServerOf(mailbox);
      return smtpSettings(dialer, server, await login(mailbox, server));
    },
    tryOut: (servers, settings, password) =>
      tryMailbox(dialer, servers, async (server) => {
        const signsIn = password === undefined ? await login(settings, server) : { user: settings.login, password };
        requireFewTrials(settings.organizationId);
        return signsIn;
      }),
  };
}
