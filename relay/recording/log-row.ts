import type { RequestLogRow } from '../../core/store/request-log-row.ts';
import { spendMicros } from '../cost/spend.ts';
import type { Exchange } from '../exchange.ts';
import type { Route } from '../snapshot/snapshot.ts';
import { logPath } from './log-path.ts';

/** A call as the request log keeps it. */
export function logRow(exchange: Exchange, route: Route, status: number): RequestLogRow {
  const { startedAt, dispatchedAt, answeredAt } = exchange;
  return {
    id: exchange.id,
    time: startedAt,
    organizationId: route.organizationId,
    agentId: route.agentId,
    agentKeyId: exchange.agentKey?.id ?? null,
    method: exchange.request.method ?? 'GET',
    path: logPath(exchange.path || '/'),
    status,
    errorCode: exchange.errorCode,
    latencyMs: Math.max(0, Date.now() - startedAt),
    upstreamLatencyMs: answeredAt === 0 ? null : Math.max(0, answeredAt - dispatchedAt),
    bytesIn: exchange.bytesIn,
    bytesOut: exchange.bytesOut,
    retryCount: exchange.retryCount,
    spendMicros: spendMicros(exchange, route.price, status),
    credentialVersionIds: dispatchedAt === 0 ? [] : (exchange.trial?.set ?? route).credentialVersionIds,
  };
}
