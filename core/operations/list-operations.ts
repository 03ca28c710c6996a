import { z } from 'zod';
import { OPERATION_STATUSES } from '../domain/long-running.ts';
import { listOperations as list } from '../services/operations.ts';
import { defineOperation } from './define-operation.ts';
import { listed, pageOf } from './members.ts';
import { readableAreas } from './readable-areas.ts';
import { operationView } from './views.ts';

export const listOperations = defineOperation({
  name: 'list_operations',
  title: 'List long-running operations',
  kind: 'R',
  area: null,
  description: 'Long-running operations (deletions, rotations …) with status, step and result, the newest first.',
  examples: [{}, { status: 'waiting' }],
  input: z.strictObject({
    kind: z.string().max(64).optional().describe('Such as delete_agent.'),
    status: z.enum(OPERATION_STATUSES).optional(),
    ...listed,
  }),
  output: pageOf(operationView),
  rest: { method: 'GET', path: '/operations' },
  run: ({ transaction, config, caller }, listing) =>
    list(transaction, config, { ...listing, areas: readableAreas(caller) }),
});
