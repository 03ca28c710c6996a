import type { RequestHandler } from 'express';
import { PublicError } from '../core/errors.ts';

/**
 * JSON-RPC batches left the protocol with 2025-06-18. Here a batch would count as one call, and what it holds would not
 * be looked at before it runs.
 * @throws PublicError `invalid_request`
 */
export const refuseBatches: RequestHandler = (request, _response, next) => {
  if (Array.isArray(request.body)) {
    throw new PublicError('invalid_request', 'Send each message by a request of its own: there are no batches.');
  }
  next();
};
