import { latencyBucket } from '../domain/latency-histogram.ts';
import type { RequestLogRow } from './request-log-row.ts';

/** In the place of an agent key's ID where a call had none. */
export const NO_KEY = '00000000-0000-0000-0000-000000000000';

/** What calls of one span, agent, agent key, status and error code add up to: a row of `traffic_minute`, `_hour` or `_day`. */
export interface TrafficCell {
  organization_id: string;
  /** The span's beginning, RFC 3339. */
  time: string;
  agent_id: string;
  agent_key_id: string;
  status: number;
  error_code: string;
  requests: number;
  bytes_in: number;
  bytes_out: number;
  spend_micros: number;
  retries: number;
  latency_buckets: number[];
  latency_counts: number[];
}

interface OpenCell extends Omit<TrafficCell, 'latency_buckets' | 'latency_counts'> {
  latencies: Map<number, number>;
}

/**
 * Adds rows up.
 * @param spanMs MINUTE_MS, HOUR_MS or DAY_MS: spans begin at whole ones in UTC
 */
export function trafficCells(rows: readonly RequestLogRow[], spanMs: number): TrafficCell[] {
  const cells = new Map<string, OpenCell>();
  for (const row of rows) {
    const time = row.time - (row.time % spanMs);
    const key = `${row.agentId}${row.agentKeyId}${time}${row.status}${row.errorCode}`;
    let cell = cells.get(key);
    if (cell === undefined) {
      cell = emptyCell(row, time);
      cells.set(key, cell);
    }
    cell.requests += 1;
    cell.bytes_in += row.bytesIn;
    cell.bytes_out += row.bytesOut;
    cell.spend_micros += row.spendMicros ?? 0;
    cell.retries += row.retryCount;
    const bucket = latencyBucket(row.latencyMs);
    cell.latencies.set(bucket, (cell.latencies.get(bucket) ?? 0) + 1);
  }
  return [...cells.values()].map(({ latencies, ...cell }) => {
    const sorted = [...latencies].sort(([one], [other]) => one - other);
    return {
      ...cell,
      latency_buckets: sorted.map(([bucket]) => bucket),
      latency_counts: sorted.map(([, count]) => count),
    };
  });
}

function emptyCell(row: RequestLogRow, time: number): OpenCell {
  return {
    organization_id: row.organizationId,
    time: new Date(time).toISOString(),
    agent_id: row.agentId,
    agent_key_id: row.agentKeyId ?? NO_KEY,
    status: row.status,
    error_code: row.errorCode ?? '',
    requests: 0,
    bytes_in: 0,
    bytes_out: 0,
    spend_micros: 0,
    retries: 0,
    latencies: new Map(),
  };
}
