import { z } from 'zod';
import { changeRole, findMember } from '../services/members.ts';
import { defineOperation } from './define-operation.ts';
import { requireFreshSession } from './fresh-session.ts';
import { memberReference, memberView, role } from './people-views.ts';

export const updateMember = defineOperation({
  name: 'update_member',
  title: "Change a member's role",
  kind: 'W',
  area: null,
  role: 'admin',
  restOnly: true,
  description:
    'Changes what a member may do; it holds from their next request. To admin only from a session that proved its person within 10 minutes. The last admin stays one.',
  examples: [{ member: 'kim@example.com', role: 'manager' }],
  input: z.strictObject({ member: memberReference, role }),
  output: z.object({ member: memberView }),
  rest: { method: 'PATCH', path: '/members/{member}' },
  async run(context, input) {
    const { transaction, caller } = context;
    const member = await findMember(transaction, input.member);
    context.auditTarget({ kind: 'member', id: member.id, name: member.email });
    if (input.role === 'admin') await requireFreshSession(context, '/settings/members');
    return { member: await changeRole(transaction, caller, member, input.role) };
  },
});
