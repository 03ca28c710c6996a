import { UpstreamAnswer } from '../forwarding/upstream-answer.ts';
import type { Step } from '../pipeline.ts';

/**
 * Sends the call to its upstream through the guarded dialer. The path is the base path with the caller's raw one
 * behind it; it goes out in origin form on a connection to the upstream's origin, so it cannot name another host.
 */
export const forward: Step = (exchange, relay) => {
  const { route } = exchange;
  if (route === null) throw new Error('forward stands before findAgent in the pipeline');
  route.retryBudget.countCall(exchange.startedAt);
  relay.inFlight.add(exchange);
  new UpstreamAnswer(exchange, relay, route).send();
  return null;
};
