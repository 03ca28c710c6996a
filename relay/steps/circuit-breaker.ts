import type { Step } from '../pipeline.ts';

/** Spares a failing upstream the call, and the caller the wait. */
export const circuitBreaker: Step = (exchange, relay) => {
  const { route } = exchange;
  if (route === null) throw new Error('circuitBreaker stands before findAgent in the pipeline');
  return relay.breakers.admit(exchange, route);
};
