import type { Exchange } from '../exchange.ts';
import type { RelayContext } from '../pipeline.ts';
import { logPath } from '../recording/log-path.ts';

/** The status of a call whose caller went away before an answer; never sent to anybody. */
const CALLER_CLOSED = 499;

/** Notes a call once, however it ended. Calls that reached no agent belong to no log and are only counted. */
export function record(exchange: Exchange, relay: RelayContext): void {
  if (exchange.recorded) return;
  exchange.recorded = true;
  relay.inFlight.delete(exchange);
  const { route, response } = exchange;
  const answered = response.headersSent || exchange.tunnel !== null;
  const status = answered ? response.statusCode : CALLER_CLOSED;
  relay.metrics.calls.add(`${Math.trunc(status / 100)}xx`);
  if (route === null) return;
  relay.requestLog.add({
    id: exchange.id,
    time: exchange.startedAt,
    organizationId: route.organizationId,
    agentId: route.agentId,
    agentKeyId: exchange.agentKey?.id ?? null,
    method: exchange.request.method ?? 'GET',
    path: logPath(exchange.path || '/'),
    status,
    errorCode: exchange.errorCode,
    latencyMs: Math.max(0, Date.now() - exchange.startedAt),
    upstreamLatencyMs: exchange.answeredAt === 0 ? null : Math.max(0, exchange.answeredAt - exchange.dispatchedAt),
    bytesIn: exchange.bytesIn,
    bytesOut: exchange.bytesOut,
    credentialVersionIds: exchange.dispatchedAt === 0 ? [] : route.credentialVersionIds,
  });
}
