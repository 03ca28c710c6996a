import { randomUUID } from 'node:crypto';
import type { RequestLogRow } from '../../../core/store/request-log-row.ts';

/** A call's row, with what a test cares about. */
export const requestLogRow = (given: Partial<RequestLogRow> = {}): RequestLogRow => ({
  id: randomUUID(),
  time: Date.now(),
  organizationId: randomUUID(),
  agentId: randomUUID(),
  agentKeyId: null,
  method: 'GET',
  path: '/v1/charges',
  status: 200,
  errorCode: null,
  latencyMs: 12,
  upstreamLatencyMs: null,
  bytesIn: 0,
  bytesOut: 34,
  retryCount: 0,
  spendMicros: null,
  credentialVersionIds: [],
  ...given,
});
