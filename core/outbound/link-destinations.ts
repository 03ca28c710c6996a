import type { Injection } from '../domain/injection.ts';
import type { MailboxAuth } from '../domain/mailbox.ts';
import { parseUpstreamUrl, type UpstreamUrl } from './upstream-url.ts';

/**
 * Where a linked credential's secret, or what was got with it, is sent. Invariant 9 binds all of them to the
 * credential's allowed hosts.
 * @throws UpstreamUrlError when a token URL is none
 */
export function linkDestinations(injection: Injection, upstream: UpstreamUrl): UpstreamUrl[] {
  return injection.kind === 'oauth2_client_credentials'
    ? [upstream, parseUpstreamUrl(injection.token_url)]
    : [upstream];
}

/** Where a mailbox's credential is sent: both servers over TLS, and with OAuth 2 the token URL. */
export function mailDestinations(mailbox: { imapHost: string; smtpHost: string; auth: unknown }): UpstreamUrl[] {
  const auth = mailbox.auth as MailboxAuth;
  const hosts = [mailbox.imapHost, mailbox.smtpHost].map(mailHostUrl);
  return auth.kind === 'oauth2' ? [...hosts, parseUpstreamUrl(auth.token_url)] : hosts;
}

/** A mail server's host as `allowed_hosts` speaks of it: the name to which TLS is verified. */
export function mailHostUrl(host: string): UpstreamUrl {
  return parseUpstreamUrl(host.includes(':') ? `[${host}]` : host);
}
