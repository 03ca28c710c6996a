import type { Injection } from '../domain/injection.ts';
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
