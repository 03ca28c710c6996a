import { Button } from '@mantine/core';
import { IconPlayerPause, IconPlayerPlay } from '@tabler/icons-react';
import { useState } from 'react';
import { asMilliseconds, inShort } from '../../charts/formats.ts';
import type { Item } from '../../client/registry.ts';
import { useOperation } from '../../client/use-operation.ts';
import { type Column, DataTable } from '../../parts/data-table.tsx';
import { EmptyState } from '../../parts/empty-state.tsx';
import { Loaded } from '../../parts/loaded.tsx';
import { exactTime } from '../../parts/moment.tsx';
import { Panel } from '../../parts/panel.tsx';
import { StatusBadge, type Tone } from '../../parts/status-badge.tsx';
import { agentStrings } from '../../strings/agent.ts';
import type { Agent } from './page.tsx';

const { log: strings } = agentStrings;
const SHOWN = 100;

type Call = Item<'list_request_logs'>;

export function toneOfStatus(status: number): Tone {
  if (status >= 500) return 'error';
  return status >= 400 ? 'warning' : 'success';
}

const columns: Column<Call>[] = [
  { name: strings.columns.time, width: '190px', cell: ({ time }) => <time dateTime={time}>{exactTime(time)}</time> },
  {
    name: strings.columns.call,
    width: 'minmax(160px, 1fr)',
    cell: ({ method, path }) => (
      <code>
        <strong>{method}</strong> {path}
      </code>
    ),
  },
  {
    name: strings.columns.status,
    width: '150px',
    cell: ({ status, error_code }) => (
      <>
        <StatusBadge tone={toneOfStatus(status)}>{status}</StatusBadge>{' '}
        {error_code !== null && <small>{error_code}</small>}
      </>
    ),
  },
  { name: strings.columns.latency, width: '84px', align: 'end', cell: ({ latency_ms }) => asMilliseconds(latency_ms) },
  { name: strings.columns.bytes, width: '84px', align: 'end', cell: ({ bytes_out }) => inShort(bytes_out) },
];

/** The tail of the agent's log. */
export function LiveLog({ agent }: { agent: Agent }) {
  const [isPaused, setPaused] = useState(false);
  const log = useOperation(
    'list_request_logs',
    { agent: agent.id, limit: SHOWN },
    { enabled: !isPaused, keepPrevious: true },
  );
  const pause = (
    <Button
      size="compact-sm"
      variant="default"
      leftSection={isPaused ? <IconPlayerPlay size={14} aria-hidden /> : <IconPlayerPause size={14} aria-hidden />}
      onClick={() => setPaused(!isPaused)}
    >
      {isPaused ? strings.resume : strings.pause}
    </Button>
  );
  return (
    <Panel title={strings.title} text={isPaused ? strings.paused : strings.text} action={pause} flush>
      <Loaded query={log}>
        {({ items }) =>
          items.length === 0 ? (
            <EmptyState {...strings.empty} />
          ) : (
            <DataTable dense label={strings.title} columns={columns} rows={items} idOf={({ id }) => id} />
          )
        }
      </Loaded>
    </Panel>
  );
}
