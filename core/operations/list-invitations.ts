import { z } from 'zod';
import { listInvitations as list } from '../services/invitations.ts';
import { defineOperation } from './define-operation.ts';
import { listed, pageOf } from './members.ts';
import { invitationView } from './people-views.ts';

export const listInvitations = defineOperation({
  name: 'list_invitations',
  title: 'List invitations',
  kind: 'R',
  area: null,
  role: 'admin',
  restOnly: true,
  description: 'Lists the invitations that can still be accepted.',
  examples: [{}],
  input: z.strictObject(listed),
  output: pageOf(invitationView),
  rest: { method: 'GET', path: '/invitations' },
  run: ({ transaction }, input) => list(transaction, input),
});
