import { Button, Group, Modal } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { lazy } from 'react';
import type { Item } from '../../../client/registry.ts';
import { useAction } from '../../../client/use-action.ts';
import { actionColumn } from '../../../parts/action-column.tsx';
import { ConfirmAction } from '../../../parts/confirm-action.tsx';
import type { Column } from '../../../parts/data-table.tsx';
import { Moment } from '../../../parts/moment.tsx';
import { restore, restoreColumns } from '../../../parts/restore.tsx';
import { StatusBadge, type Tone } from '../../../parts/status-badge.tsx';
import { toast, toastFailure } from '../../../parts/toast.tsx';
import { TwoLines } from '../../../parts/two-lines.tsx';
import { WindowButton } from '../../../parts/window-button.tsx';
import { commonStrings } from '../../../strings/common.ts';
import { mailboxesStrings as strings } from '../../../strings/mailboxes.ts';
import { TrialSteps } from './trial-steps.tsx';

type Mailbox = Item<'list_mailboxes'>;

const { columns: names } = strings;
const EditMailbox = lazy(() => import('./edit.tsx').then((made) => ({ default: made.EditMailbox })));
const TONES: Record<Mailbox['status'], Tone> = {
  waiting: 'info',
  first_sync: 'info',
  live: 'success',
  failing: 'error',
};

function Test({ mailbox: { id, address } }: { mailbox: Mailbox }) {
  const [opened, { open, close }] = useDisclosure();
  const testing = useAction('test_mailbox', { keepsEverything: true });
  const test = (): void =>
    testing.mutate(
      { mailbox: id },
      {
        onSuccess: ({ works }) => {
          if (works) toast(strings.works(address));
          else open();
        },
        onError: toastFailure,
      },
    );
  return (
    <>
      <Button size="xs" variant="default" loading={testing.isPending} onClick={test}>
        {strings.test}
      </Button>
      <Modal opened={opened} onClose={close} title={<strong>{strings.steps.title}</strong>}>
        {testing.data !== undefined && <TrialSteps steps={testing.data.steps} />}
      </Modal>
    </>
  );
}

function deletedMailbox({ id, address }: Mailbox) {
  return { operation: 'restore_mailbox', input: { mailbox: id }, restored: strings.restored(address) } as const;
}

function Actions({ mailbox }: { mailbox: Mailbox }) {
  const { id, address } = mailbox;
  return (
    <Group gap={8} wrap="nowrap" justify="flex-end">
      <Test mailbox={mailbox} />
      <WindowButton
        label={commonStrings.edit}
        title={strings.editTitle(address)}
        size="lg"
        button={{ size: 'xs', variant: 'default' }}
      >
        {(done) => <EditMailbox id={id} onDone={done} />}
      </WindowButton>
      <ConfirmAction
        operation="delete_mailbox"
        input={{ mailbox: id }}
        label={strings.delete}
        title={strings.deleteTitle(address)}
        button={{ size: 'xs' }}
        onDone={() => toast(strings.deleted(address), () => void restore(deletedMailbox(mailbox)))}
      />
    </Group>
  );
}

const addressColumn: Column<Mailbox> = {
  name: names.address,
  width: 'minmax(170px, 1.4fr)',
  cell: ({ address, name }) => (
    <TwoLines first={<strong>{address}</strong>} second={name === address ? undefined : name} />
  ),
};
export const presentColumns: readonly Column<Mailbox>[] = [
  addressColumn,
  {
    name: names.status,
    width: 'minmax(150px, 1.2fr)',
    cell: ({ status, error }) => (
      <TwoLines
        first={<StatusBadge tone={TONES[status]}>{strings.status[status]}</StatusBadge>}
        second={error ?? undefined}
      />
    ),
  },
  { name: names.synced, width: '112px', cell: ({ synced_at }) => <Moment time={synced_at} /> },
  {
    ...actionColumn(names.action, '240px'),
    cell: (mailbox) => <Actions mailbox={mailbox} />,
  },
];

export const deletedColumns: readonly Column<Mailbox>[] = [addressColumn, ...restoreColumns(deletedMailbox)];
