import { z } from 'zod';
import { startRevocations } from '../services/access-revocations.ts';
import { findMember, removeMember as remove } from '../services/members.ts';
import { defineOperation } from './define-operation.ts';
import { dryRun } from './members.ts';
import { memberReference, memberView } from './people-views.ts';

export const removeMember = defineOperation({
  name: 'remove_member',
  title: 'Remove a member',
  kind: 'D',
  area: null,
  role: 'admin',
  restOnly: true,
  description:
    'Ends a membership at once, with the API tokens and connected apps of that person in this organization. The last admin cannot go.',
  examples: [{ member: 'kim@example.com', dry_run: true }],
  input: z.strictObject({ member: memberReference, dry_run: dryRun }),
  output: z.object({ member: memberView, removed: z.boolean() }),
  rest: { method: 'DELETE', path: '/members/{member}' },
  async run(context, input) {
    const { transaction, caller } = context;
    const member = await findMember(transaction, input.member);
    context.auditTarget({ kind: 'member', id: member.id, name: member.email });
    if (input.dry_run) return { member, removed: false };
    const revocations = await remove(transaction, caller, member);
    context.afterCommit(() => startRevocations(context, revocations));
    return { member, removed: true };
  },
});
