import { asMilliseconds } from '../../charts/formats.ts';
import type { Item } from '../../client/registry.ts';
import { asBytes } from '../../parts/bytes.ts';
import { Facts } from '../../parts/facts.tsx';
import { exactTime } from '../../parts/moment.tsx';
import { requestLogsStrings } from '../../strings/request-logs.ts';

const { facts, meanings } = requestLogsStrings;
const MICROS = 1_000_000;

/** Everything that is kept of a call. */
export function RequestLogDetail({ call }: { call: Item<'list_request_logs'> }) {
  const upstreamLatency = call.upstream_latency_ms === null ? null : asMilliseconds(call.upstream_latency_ms);
  const meaning = call.error_code === null ? undefined : meanings[call.error_code];
  return (
    <Facts
      rows={[
        [
          facts.path,
          <code key="path">
            {call.method} {call.path}
          </code>,
        ],
        [
          facts.status,
          <span key="status">
            {call.status}{' '}
            {call.error_code === null ? requestLogsStrings.byUpstream : requestLogsStrings.byRelay(call.error_code)}
            {meaning !== undefined && <span className="muted">. {meaning}</span>}
          </span>,
        ],
        [facts.latency, requestLogsStrings.took(asMilliseconds(call.latency_ms), upstreamLatency)],
        [facts.bytes, requestLogsStrings.bytes(asBytes(call.bytes_in), asBytes(call.bytes_out))],
        call.retry_count === 0 ? null : [facts.retries, requestLogsStrings.times(call.retry_count)],
        call.spend_micros === null ? null : [facts.spend, (call.spend_micros / MICROS).toFixed(6)],
        [facts.time, exactTime(call.time)],
        [facts.id, <code key="id">{call.id}</code>],
      ]}
    />
  );
}
