import { AsyncLocalStorage } from 'node:async_hooks';
import type { RequestHandler } from 'express';
import { v7 as uuid } from 'uuid';
import { requestIdOf } from '../sessions/visit.ts';

const requests = new AsyncLocalStorage<string>();

/** Lets the authorization server's adapter, which is called without the request, name it in the audit trail. */
export const rememberRequestId: RequestHandler = (_request, response, next) => {
  requests.run(requestIdOf(response), next);
};

export function currentRequestId(): string {
  return requests.getStore() ?? uuid();
}
