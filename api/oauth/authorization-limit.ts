import type { RequestHandler } from 'express';
import { PublicError } from '../../core/errors.ts';
import { createNetworkLimit } from './network-limit.ts';

/** In characters, as sent. */
const LONGEST_QUERY = 4_000;

/**
 * Each authorization request is stored for an hour before anybody has signed in, so its length and number are bounded.
 * An office behind one address may connect all its people at the same time.
 */
export function createAuthorizationLimit(now?: () => number): RequestHandler {
  const secondsToWait = createNetworkLimit({ burst: 100, refillMs: 1_000 }, now);
  return (request, _response, next) => {
    const [, query = ''] = request.originalUrl.split('?', 2);
    if (query.length > LONGEST_QUERY) {
      throw new PublicError(
        'invalid_request',
        `Your app's request for access is too long: at most ${LONGEST_QUERY} characters are taken. Tell whoever makes the app.`,
      );
    }
    const seconds = secondsToWait(request.ip);
    if (seconds === 0) return next();
    throw new PublicError(
      'rate_limited',
      `Too many apps are being connected from this network. Go back to your app and try again in ${seconds} seconds.`,
      { retryAfterSeconds: seconds },
    );
  };
}
