import { asMilliseconds } from '../../charts/formats.ts';
import type { Item } from '../../client/registry.ts';
import { asBytes } from '../../parts/bytes.ts';
import { ClockTime } from '../../parts/clock-time.tsx';
import type { Column } from '../../parts/data-table.tsx';
import { StatusCode } from '../../parts/status-code.tsx';
import { requestLogsStrings } from '../../strings/request-logs.ts';

export type RequestLog = Item<'list_request_logs'>;

const { columns: names } = requestLogsStrings;

export const firstColumn: Column<RequestLog> = {
  name: names.time,
  width: '170px',
  cell: ({ time }) => <ClockTime time={time} />,
};

export const columns: readonly Column<RequestLog>[] = [
  { name: names.agent, width: 'minmax(110px, 1fr)', cell: ({ agent }) => agent },
  {
    name: names.call,
    width: 'minmax(160px, 2.4fr)',
    cell: ({ method, path }) => (
      <code title={path}>
        {method} {path}
      </code>
    ),
  },
  { name: names.status, width: '74px', cell: ({ status }) => <StatusCode status={status} /> },
  { name: names.latency, width: '84px', align: 'end', cell: ({ latency_ms }) => asMilliseconds(latency_ms) },
  { name: names.size, width: '84px', align: 'end', cell: ({ bytes_out }) => asBytes(bytes_out) },
];
