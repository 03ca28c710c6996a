import type { RequestHandler } from 'express';
import type { Dependencies } from '../core/dependencies.ts';
import { CALLS_PER_SECOND, createGrantLimit } from '../core/services/grant-calls.ts';
import { authenticatedCall } from './authentication.ts';

const RATE_LIMITED = -32000;

/** An app that runs in circles is slowed for itself alone: each grant has its own calls. */
export function limitCalls(dependencies: Dependencies): RequestHandler {
  const secondsToWait = createGrantLimit(dependencies);
  return async (request, response, next) => {
    const seconds = await secondsToWait(authenticatedCall(request).caller);
    if (seconds === 0) return next();
    const message = `rate_limited: This connection makes more than ${CALLS_PER_SECOND} calls a second. Wait ${seconds} s, then go on more slowly.`;
    const { id = null } = Object(request.body) as { id?: unknown };
    response.status(429).set('Retry-After', String(seconds));
    return response.json({ jsonrpc: '2.0', error: { code: RATE_LIMITED, message }, id });
  };
}
