import type { Item } from '../../../client/registry.ts';
import { useOperation } from '../../../client/use-operation.ts';
import { actionColumn } from '../../../parts/action-column.tsx';
import { ConfirmAction } from '../../../parts/confirm-action.tsx';
import { type Column, DataTable } from '../../../parts/data-table.tsx';
import { Moment } from '../../../parts/moment.tsx';
import { Panel } from '../../../parts/panel.tsx';
import { toast } from '../../../parts/toast.tsx';
import { membersStrings } from '../../../strings/members.ts';

const { invitations: strings, roles } = membersStrings;
const { columns: names } = strings;

const columns: readonly Column<Item<'list_invitations'>>[] = [
  { name: names.email, width: 'minmax(160px, 2fr)', cell: ({ email }) => email },
  { name: names.role, width: '150px', cell: ({ role }) => roles[role].name },
  { name: names.until, width: 'minmax(110px, 0.7fr)', cell: ({ expires_at }) => <Moment time={expires_at} /> },
  {
    ...actionColumn(names.action, '90px'),
    cell: ({ id, email }) => (
      <ConfirmAction
        operation="revoke_invitation"
        input={{ invitation: id }}
        label={strings.withdraw}
        title={strings.withdrawTitle}
        button={{ size: 'xs' }}
        onDone={() => toast(strings.withdrawn)}
      >
        <p>{strings.withdrawText(email)}</p>
      </ConfirmAction>
    ),
  },
];

/** Invitations that can still be accepted; nothing where there are none. */
export function InvitationsPanel() {
  const invitations = useOperation('list_invitations', { limit: 200 });
  const rows = invitations.data?.items ?? [];
  if (rows.length === 0) return null;
  return (
    <Panel title={strings.title} flush>
      <DataTable label={strings.title} columns={columns} rows={rows} idOf={({ id }) => id} />
    </Panel>
  );
}
