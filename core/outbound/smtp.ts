import type { SMTPTransportOptions } from 'nodemailer/lib/smtp-transport';
import type { MailServer } from '../domain/mailbox.ts';
import type { Dialer } from './dialer.ts';
import type { MailLogin } from './imap.ts';
import { MailServerError } from './mail-server-error.ts';
import { dialMailServer, tlsOptionsFor } from './mail-socket.ts';
import { serverWords } from './server-words.ts';

const GREETING_TIMEOUT_MS = 15_000;
/** RFC 5321 §4.5.3.2.6: what follows DATA may take a server minutes. */
const SILENCE_MS = 120_000;

/**
 * nodemailer's settings of one SMTP server. Its connections are made by the network guard's dialer (invariant 2), with
 * TLS verified against the server's name, or refused where the server offers none.
 */
export function smtpSettings(dialer: Dialer, server: MailServer, login: MailLogin): SMTPTransportOptions {
  const { user, ...secret } = login;
  return {
    host: server.host,
    port: server.port,
    secure: server.tls === 'implicit',
    requireTLS: true,
    tls: tlsOptionsFor(server),
    auth:
      'password' in secret
        ? { user, pass: secret.password }
        : { type: 'OAuth2', user, accessToken: secret.accessToken },
    forceAuth: true,
    getSocket(_options, callback) {
      dialMailServer(dialer, server).then(
        (connection) => callback(null, { connection }),
        (error: Error) => callback(error),
      );
    },
    greetingTimeout: GREETING_TIMEOUT_MS,
    socketTimeout: SILENCE_MS,
    // Neither a file nor an address that a draft names is ever read.
    disableFileAccess: true,
    disableUrlAccess: true,
  };
}

/**
 * What an SMTP server wrote to whoever signs in by these settings, as it may be stored and shown.
 * @param longest in characters
 */
export function smtpWords({ auth }: SMTPTransportOptions, text: string, longest?: number): string {
  const { user = '', pass, accessToken } = (auth ?? {}) as { user?: string; pass?: string; accessToken?: string };
  const secret = pass ?? accessToken;
  return serverWords(text, secret === undefined ? null : { user, password: secret }, longest);
}

/** Tells what nodemailer threw before anything was sent. Its error stays here: it holds the server's words as they came. */
export function smtpFailure(server: MailServer, settings: SMTPTransportOptions, error: Error): MailServerError {
  if (error instanceof MailServerError) return error;
  const { code = '' } = error as NodeJS.ErrnoException;
  const why = smtpWords(settings, error.message);
  if (code === 'EAUTH') return new MailServerError(server, 'sign_in', `the server refused: "${why}"`);
  const isTls = code === 'ETLS' || /certificate|altname|self.signed|SSL|TLS/i.test(error.message);
  return new MailServerError(server, isTls ? 'tls' : 'connect', why);
}
