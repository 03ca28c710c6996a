import { Select } from '@mantine/core';
import { ROLES, type Role } from '../../../../core/domain/roles.ts';
import type { Item } from '../../../client/registry.ts';
import { useAction } from '../../../client/use-action.ts';
import { toast, toastFailure } from '../../../parts/toast.tsx';
import { membersStrings as strings } from '../../../strings/members.ts';

/** The roles with what each may do. */
export const roleChoices = ROLES.map((role) => ({ value: role, label: strings.roles[role].name }));

/** A member's role; another one holds from their next request on, and can be taken back for a moment. */
export function RoleSelect({ member }: { member: Item<'list_members'> }) {
  const changing = useAction('update_member');
  const change = (role: Role, isUndo = false): void =>
    changing.mutate(
      { member: member.id, role },
      {
        onSuccess: () =>
          toast(strings.changed(member.email, role), isUndo ? undefined : () => change(member.role, true)),
        onError: toastFailure,
      },
    );
  return (
    <Select
      size="xs"
      aria-label={strings.roleOf(member.email)}
      data={roleChoices}
      value={changing.isPending ? changing.variables.role : member.role}
      disabled={changing.isPending}
      allowDeselect={false}
      onChange={(role) => role !== null && role !== member.role && change(role as Role)}
    />
  );
}
