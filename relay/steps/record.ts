import type { Exchange } from '../exchange.ts';
import type { RelayContext } from '../pipeline.ts';
import { holdEnd } from '../recording/hold-end.ts';
import { logRow } from '../recording/log-row.ts';
import type { Route } from '../snapshot/snapshot.ts';

/** The status of a call whose caller went away before an answer; never sent to anybody. */
const CALLER_CLOSED = 499;

const STATUS_CLASSES = ['0xx', '1xx', '2xx', '3xx', '4xx', '5xx'];

/** Notes a call once, however it ended. Calls that reached no agent belong to no log and are only counted. */
export function record(exchange: Exchange, relay: RelayContext): void {
  if (exchange.recorded) return;
  exchange.recorded = true;
  relay.inFlight.delete(exchange);
  relay.breakers.release(exchange);
  exchange.trial?.end();
  const { route, response } = exchange;
  const answered = response.headersSent || exchange.tunnel !== null;
  const status = answered ? response.statusCode : CALLER_CLOSED;
  relay.metrics.calls.add(STATUS_CLASSES[Math.trunc(status / 100)] ?? 'other');
  if (route !== null && !exchange.logged) relay.requestLog.add(logRow(exchange, route, status));
}

/**
 * For agents with durable logs: the answer ends only when the call's row is on disk. Where the disk fails, the answer is cut
 * off, so that nobody takes for complete what is not on record. A call whose caller leaves before has its row as any other.
 */
export function recordBeforeEnd(exchange: Exchange, relay: RelayContext, route: Route): void {
  holdEnd(exchange.response, (release) => {
    if (exchange.recorded) return;
    exchange.logged = true;
    relay.requestLog.addDurable(logRow(exchange, route, exchange.response.statusCode), release);
  });
}
