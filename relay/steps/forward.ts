import { RequestBody } from '../forwarding/request-body.ts';
import { UpstreamAnswer } from '../forwarding/upstream-answer.ts';
import type { Step } from '../pipeline.ts';

/**
 * Sends the call to its upstream through the guarded dialer. The path is the base path with the caller's raw one
 * behind it; it goes out in origin form on a connection to the upstream's origin, so it cannot name another host.
 */
export const forward: Step = (exchange, relay) => {
  const { route, request, query } = exchange;
  if (route === null) throw new Error('forward stands before findAgent in the pipeline');
  const path = route.upstream.basePath + exchange.path || '/';
  relay.inFlight.add(exchange);
  relay.upstreams.get(route.connectTimeoutMs).dispatch(
    {
      origin: route.upstream.origin,
      path: query === '' ? path : `${path}?${query}`,
      method: request.method ?? 'GET',
      headers: exchange.headers,
      body: exchange.hasBody ? new RequestBody(exchange) : null,
      upgrade: exchange.upgradeHead === null ? null : 'websocket',
      // Deadlines are kept by the relay itself: see in-flight.ts.
      headersTimeout: 0,
      bodyTimeout: 0,
    },
    new UpstreamAnswer(exchange, relay),
  );
  return null;
};
