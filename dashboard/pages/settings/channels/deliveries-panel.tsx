import { Button } from '@mantine/core';
import { IconSend } from '@tabler/icons-react';
import type { Item } from '../../../client/registry.ts';
import { useAction } from '../../../client/use-action.ts';
import { useList } from '../../../client/use-operation.ts';
import { actionColumn } from '../../../parts/action-column.tsx';
import type { Column } from '../../../parts/data-table.tsx';
import { EmptyState } from '../../../parts/empty-state.tsx';
import { ListTable } from '../../../parts/list-table.tsx';
import { Moment } from '../../../parts/moment.tsx';
import { Panel } from '../../../parts/panel.tsx';
import { StatusBadge, type Tone } from '../../../parts/status-badge.tsx';
import { toast, toastFailure } from '../../../parts/toast.tsx';
import { TwoLines } from '../../../parts/two-lines.tsx';
import { channelsStrings } from '../../../strings/channels.ts';

type Delivery = Item<'list_deliveries'>;

const { deliveries: strings } = channelsStrings;
const { columns: names, types } = strings;
const TONES: Readonly<Record<string, Tone>> = {
  pending: 'info',
  sent: 'success',
  failed: 'error',
  unknown: 'warning',
};

function Repeat({ delivery: { id, state } }: { delivery: Delivery }) {
  const repeating = useAction('repeat_delivery');
  if (state !== 'failed' && state !== 'unknown') return null;
  return (
    <Button
      size="xs"
      variant="default"
      loading={repeating.isPending}
      onClick={() =>
        repeating.mutate({ delivery: id }, { onSuccess: () => toast(strings.repeated), onError: toastFailure })
      }
    >
      {strings.repeat}
    </Button>
  );
}

const columns: readonly Column<Delivery>[] = [
  { name: names.time, width: '120px', cell: ({ created_at }) => <Moment time={created_at} /> },
  { name: names.what, width: '120px', cell: ({ type }) => types[type] ?? type },
  { name: names.channel, width: 'minmax(110px, 1fr)', cell: ({ channel }) => channel ?? strings.toAdmins },
  {
    name: names.state,
    width: 'minmax(150px, 1.6fr)',
    cell: ({ state, last_error: error }) => (
      <TwoLines
        first={<StatusBadge tone={TONES[state] ?? 'neutral'}>{state}</StatusBadge>}
        second={state === 'unknown' ? strings.unknown : error}
      />
    ),
  },
  {
    ...actionColumn(names.action, '84px'),
    cell: (delivery) => <Repeat delivery={delivery} />,
  },
];

/** What became of each telling. */
export function DeliveriesPanel() {
  const deliveries = useList('list_deliveries', { limit: 50 });
  return (
    <Panel title={strings.title} text={strings.text} flush>
      <ListTable
        list={deliveries}
        label={strings.title}
        columns={columns}
        none={<EmptyState icon={<IconSend size={20} />} {...strings.none} />}
      />
    </Panel>
  );
}
