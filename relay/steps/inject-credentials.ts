import { injectHeader, injectQuery } from '../../core/outbound/injection.ts';
import type { Step } from '../pipeline.ts';

/** Invariant 3: what is injected wins over what the caller sent. */
export const injectCredentials: Step = (exchange) => {
  const credentials = exchange.trial?.set ?? exchange.route;
  for (const injection of credentials?.injections ?? []) {
    if (injection.place === 'header') injectHeader(exchange.headers, injection);
    else exchange.query = injectQuery(exchange.query, injection);
  }
  return null;
};
