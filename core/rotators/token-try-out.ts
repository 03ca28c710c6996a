import type { Dispatcher } from 'undici';
import { UpstreamForbiddenError } from '../outbound/dialer.ts';
import {
  type AccessToken,
  fetchAccessToken,
  TokenFetchError,
  type TokenRequest,
} from '../outbound/fetch-access-token.ts';
import { hostEntry, parseUpstreamUrl } from '../outbound/upstream-url.ts';
import { isPassing, passingFailure } from './answers.ts';
import { RotatorError, type Verdict } from './rotator.ts';

/**
 * Asks a token server for an access token (RFC 6749 §4.4). It answers a wrong client secret with 401, or with 400 and a
 * word in the body (§5.2). The request differs from one that was accepted in the secret alone, so 400 counts as refused.
 * @throws RotatorError when the answer tells nothing about the secret
 */
export async function askForToken(
  agent: Dispatcher,
  request: TokenRequest,
): Promise<{ token: AccessToken } | Extract<Verdict, { outcome: 'refused' }>> {
  const host = hostEntry(parseUpstreamUrl(new URL(request.tokenUrl).origin));
  try {
    return { token: await fetchAccessToken(agent, request) };
  } catch (error) {
    if (error instanceof UpstreamForbiddenError) throw new RotatorError('permanent', error.message);
    if (!(error instanceof TokenFetchError)) throw error;
    const { status } = error;
    if (status === null) throw new RotatorError('retryable', `${host}: ${error.message}. It is tried again.`);
    if (status === 400 || status === 401 || status === 403) return { outcome: 'refused', status };
    if (isPassing(status)) throw passingFailure(host, status, null);
    throw new RotatorError('permanent', `${host} answered ${status} to a token request. Check the token URL.`);
  }
}
