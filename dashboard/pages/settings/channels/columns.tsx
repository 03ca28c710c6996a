import { Button, Group } from '@mantine/core';
import { lazy } from 'react';
import type { Item } from '../../../client/registry.ts';
import { useAction } from '../../../client/use-action.ts';
import { actionColumn } from '../../../parts/action-column.tsx';
import { ConfirmAction } from '../../../parts/confirm-action.tsx';
import type { Column } from '../../../parts/data-table.tsx';
import { restore, restoreColumns } from '../../../parts/restore.tsx';
import { toast, toastFailure } from '../../../parts/toast.tsx';
import { TwoLines } from '../../../parts/two-lines.tsx';
import { WindowButton } from '../../../parts/window-button.tsx';
import { channelsStrings as strings } from '../../../strings/channels.ts';
import { commonStrings } from '../../../strings/common.ts';

type Channel = Item<'list_channels'>;

const { columns: names, kinds } = strings;
export const ChannelForm = lazy(() => import('./form.tsx').then((made) => ({ default: made.ChannelForm })));

function deletedChannel({ id, name }: Channel) {
  return { operation: 'restore_channel', input: { channel: id }, restored: strings.restored(name) } as const;
}

function Actions({ channel }: { channel: Channel }) {
  const { id, name } = channel;
  const testing = useAction('test_channel');
  return (
    <Group gap={8} wrap="nowrap" justify="flex-end">
      <Button
        size="xs"
        variant="default"
        loading={testing.isPending}
        onClick={() =>
          testing.mutate({ channel: id }, { onSuccess: () => toast(strings.tested), onError: toastFailure })
        }
      >
        {strings.test}
      </Button>
      <WindowButton
        label={commonStrings.edit}
        title={strings.editTitle(name)}
        button={{ size: 'xs', variant: 'default' }}
      >
        {(done) => <ChannelForm channel={channel} onDone={done} />}
      </WindowButton>
      <ConfirmAction
        operation="delete_channel"
        input={{ channel: id }}
        label={strings.delete}
        title={strings.deleteTitle(name)}
        button={{ size: 'xs' }}
        onDone={() => toast(strings.deleted(name), () => void restore(deletedChannel(channel)))}
      />
    </Group>
  );
}

function leadsTo({ addresses, url, fingerprint }: Channel): string {
  return url ?? (addresses.length > 0 ? addresses.join(', ') : strings.secretAddress(fingerprint ?? ''));
}

const shared: readonly Column<Channel>[] = [
  {
    name: names.name,
    width: 'minmax(150px, 1fr)',
    cell: ({ name, kind }) => <TwoLines first={<strong>{name}</strong>} second={kinds[kind]} />,
  },
  {
    name: names.leads,
    width: 'minmax(150px, 1.6fr)',
    cell: (channel) => <span title={leadsTo(channel)}>{leadsTo(channel)}</span>,
  },
];

export const presentColumns: readonly Column<Channel>[] = [
  ...shared,
  {
    ...actionColumn(names.action, '218px'),
    cell: (channel) => <Actions channel={channel} />,
  },
];

export const deletedColumns: readonly Column<Channel>[] = [...shared, ...restoreColumns(deletedChannel)];
