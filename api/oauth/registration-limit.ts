import type { RequestHandler } from 'express';
import { createNetworkLimit } from './network-limit.ts';

/** Anyone may register a client, but not thousands. */
export function createRegistrationLimit(now?: () => number): RequestHandler {
  const secondsToWait = createNetworkLimit({ burst: 30, refillMs: 10_000 }, now);
  return (request, response, next) => {
    const seconds = secondsToWait(request.ip);
    if (seconds === 0) return next();
    response
      .status(429)
      .set({ 'Retry-After': String(seconds), 'Cache-Control': 'no-store' })
      .json({
        error: 'temporarily_unavailable',
        error_description: `Too many registrations from this network. Try again in ${seconds} seconds.`,
      });
  };
}
