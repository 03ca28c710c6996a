import { z } from 'zod';
import { listMembers as list } from '../services/members.ts';
import { defineOperation } from './define-operation.ts';
import { listed, pageOf } from './members.ts';
import { memberView } from './people-views.ts';

export const listMembers = defineOperation({
  name: 'list_members',
  title: 'List members',
  kind: 'R',
  area: null,
  role: 'admin',
  restOnly: true,
  description: 'Lists the people of the organization and their roles.',
  examples: [{}],
  input: z.strictObject(listed),
  output: pageOf(memberView),
  rest: { method: 'GET', path: '/members' },
  run: ({ transaction }, input) => list(transaction, input),
});
