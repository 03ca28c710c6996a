import { injectHeader, injectQuery } from '../../core/outbound/injection.ts';
import type { Step } from '../pipeline.ts';

/** Invariant 3: what is injected wins over what the caller sent. A call is refused here where there is nothing to inject. */
export const injectCredentials: Step = (exchange) => {
  const { route, trial } = exchange;
  if (route === null) throw new Error('injectCredentials stands before findAgent in the pipeline');
  if (route.refusal !== null) return route.refusal;
  for (const injection of (trial?.set ?? route).injections) {
    if (injection.place === 'header') injectHeader(exchange.headers, injection);
    else exchange.query = injectQuery(exchange.query, injection);
  }
  return null;
};
