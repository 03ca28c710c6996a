import { Group } from '@mantine/core';
import { IconMailPlus } from '@tabler/icons-react';
import { lazy } from 'react';
import { act } from '../../client/act.ts';
import type { Item } from '../../client/registry.ts';
import { mayWrite } from '../../client/role.ts';
import { useList } from '../../client/use-operation.ts';
import { actionColumn } from '../../parts/action-column.tsx';
import { ConfirmAction } from '../../parts/confirm-action.tsx';
import type { Column } from '../../parts/data-table.tsx';
import { EmptyState } from '../../parts/empty-state.tsx';
import { ListTable } from '../../parts/list-table.tsx';
import { Moment } from '../../parts/moment.tsx';
import { Panel } from '../../parts/panel.tsx';
import { StatusBadge } from '../../parts/status-badge.tsx';
import { toast, toastFailure } from '../../parts/toast.tsx';
import { WindowButton } from '../../parts/window-button.tsx';
import { emailDraftsStrings } from '../../strings/email-drafts.ts';
import { tellOfSending } from '../email/tell-of-sending.ts';
import { MailCell } from './mail-cell.tsx';

export type Draft = Item<'list_email_drafts'>;

const { drafts: strings, edit, send, discard } = emailDraftsStrings;
const { columns: names } = strings;
const PAGE = 50;
const EditDraft = lazy(() => import('./edit-draft.tsx').then((made) => ({ default: made.EditDraft })));

/** Sending leaves time to take it back; a discarded draft comes back. */
function Actions({ draft: { id, subject } }: { draft: Draft }) {
  const restore = (): void => {
    act('update_email_draft', { draft: id, subject }).then(() => toast(discard.restored), toastFailure);
  };
  return (
    <Group gap={8} wrap="nowrap" justify="flex-end">
      <WindowButton label={edit.button} title={edit.title} size="lg" button={{ size: 'xs', variant: 'default' }}>
        {(done) => <EditDraft id={id} onSaved={done} />}
      </WindowButton>
      <ConfirmAction
        operation="send_email"
        input={{ draft: id }}
        label={send.button}
        title={send.title}
        button={{ size: 'xs', variant: 'default' }}
        onDone={tellOfSending}
      />
      <ConfirmAction
        operation="discard_email_draft"
        input={{ draft: id }}
        label={discard.button}
        title={discard.title}
        button={{ size: 'xs' }}
        onDone={() => toast(discard.done, restore)}
      />
    </Group>
  );
}

function State({ draft: { state, in_mailbox } }: { draft: Draft }) {
  if (state === 'sending') return <StatusBadge tone="info">{strings.states.sending}</StatusBadge>;
  return in_mailbox ? null : <StatusBadge tone="warning">{strings.states.waiting}</StatusBadge>;
}

const columns: readonly Column<Draft>[] = [
  {
    name: names.mail,
    width: 'minmax(200px, 2.4fr)',
    cell: ({ subject, to, cc, bcc, text }) => (
      <MailCell subject={subject} recipients={[...to, ...cc, ...bcc].join(', ')} text={text} />
    ),
  },
  { name: names.mailbox, width: 'minmax(120px, 1fr)', cell: ({ mailbox }) => mailbox },
  { name: names.by, width: 'minmax(120px, 1fr)', cell: ({ written_by }) => written_by },
  { name: names.updated, width: '116px', cell: ({ updated_at }) => <Moment time={updated_at} /> },
  {
    ...actionColumn(names.action, '246px'),
    cell: (draft) => (mayWrite && draft.state === 'open' ? <Actions draft={draft} /> : <State draft={draft} />),
  },
];

/** Drafts that wait for somebody to send them. */
export function DraftsPanel() {
  const drafts = useList('list_email_drafts', { limit: PAGE });
  return (
    <Panel flush title={strings.title} text={strings.text}>
      <ListTable
        list={drafts}
        label={strings.title}
        columns={columns}
        none={<EmptyState icon={<IconMailPlus size={20} />} {...strings.none} />}
      />
    </Panel>
  );
}
