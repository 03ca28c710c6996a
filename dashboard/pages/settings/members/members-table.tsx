import { boot } from '../../../client/boot.ts';
import type { Item } from '../../../client/registry.ts';
import { useList } from '../../../client/use-operation.ts';
import { actionColumn } from '../../../parts/action-column.tsx';
import { ConfirmAction } from '../../../parts/confirm-action.tsx';
import type { Column } from '../../../parts/data-table.tsx';
import { ListTable } from '../../../parts/list-table.tsx';
import { Moment } from '../../../parts/moment.tsx';
import { toast } from '../../../parts/toast.tsx';
import { TwoLines } from '../../../parts/two-lines.tsx';
import { membersStrings as strings } from '../../../strings/members.ts';
import { RoleSelect } from './role-select.tsx';

const { columns: names } = strings;

const columns: readonly Column<Item<'list_members'>>[] = [
  {
    name: names.person,
    width: 'minmax(160px, 2fr)',
    cell: ({ id, name, email }) => (
      <TwoLines first={id === boot.person.id ? `${name} (${strings.you})` : name} second={email} />
    ),
  },
  { name: names.role, width: '150px', cell: (member) => <RoleSelect key={member.role} member={member} /> },
  { name: names.since, width: 'minmax(110px, 0.7fr)', cell: ({ created_at }) => <Moment time={created_at} /> },
  {
    ...actionColumn(names.action, '90px'),
    cell: ({ id, email }) => (
      <ConfirmAction
        operation="remove_member"
        input={{ member: id }}
        label={strings.remove}
        title={strings.removeTitle(email)}
        button={{ size: 'xs' }}
        onDone={() => toast(strings.removed(email))}
      >
        <p>{strings.removeText}</p>
      </ConfirmAction>
    ),
  },
];

/** Everybody of the organization. */
export function MembersTable() {
  const members = useList('list_members', { limit: 100 });
  return <ListTable list={members} label={strings.title} columns={columns} none={null} />;
}
