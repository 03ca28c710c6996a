import { z } from 'zod';
import { LONG_RUNNING_KINDS, OPERATION_STATUSES } from '../domain/long-running.ts';
import { listOperations as list } from '../services/operations.ts';
import { defineOperation } from './define-operation.ts';
import { listed, pageOf } from './members.ts';
import { readerOf } from './readable-areas.ts';
import { operationView } from './views.ts';

export const listOperations = defineOperation({
  name: 'list_operations',
  title: 'List long-running operations',
  kind: 'R',
  area: null,
  description: 'Long-running operations (deletions, rotations …) with status, step and result, the newest first.',
  examples: [{}, { status: 'waiting' }],
  input: z.strictObject({
    kind: z.enum(LONG_RUNNING_KINDS).optional(),
    status: z.enum(OPERATION_STATUSES).optional(),
    actor: z.string().trim().min(1).max(100).optional().describe('Part of who asked, or of their app.'),
    ...listed,
  }),
  output: pageOf(operationView),
  rest: { method: 'GET', path: '/operations' },
  run: ({ transaction, config, caller }, listing) => list(transaction, config, readerOf(caller), listing),
});
