import { z } from 'zod';
import { actorOf } from '../domain/caller.ts';
import { isFinal, isPastReturn, type OperationStatus } from '../domain/long-running.ts';
import { PublicError } from '../errors.ts';
import { describeOperation, findOperation } from '../services/operations.ts';
import { requireSender } from '../services/sending-rules.ts';
import { defineOperation } from './define-operation.ts';
import { reference } from './members.ts';
import { readerOf, requireWritable } from './readable-areas.ts';
import { operationView } from './views.ts';

export const cancelOperation = defineOperation({
  name: 'cancel_operation',
  title: 'Cancel a long-running operation',
  kind: 'W',
  area: null,
  description:
    'Ends an operation that is under way and takes back what it did. Refused once it revokes the old value, from where there is no way back.',
  examples: [{ operation: '01998c5e-7d3a-7b1e-9c55-0d6f3a1b2c4d' }],
  input: z.strictObject({ operation: reference }),
  output: z.object({ operation: operationView }),
  rest: { method: 'POST', path: '/operations/{operation}/cancel', status: 202 },
  async run(context, input) {
    const { transaction, caller, config, log } = context;
    const found = await findOperation(transaction, input.operation, readerOf(caller));
    context.auditTarget({ kind: found.targetKind, id: found.targetId, name: found.targetName });
    context.auditOperation(found.id);
    requireWritable(caller, found);
    await requireSender(transaction, caller, found, 'cancel');
    await transaction.$queryRaw`SELECT id FROM operation WHERE id = ${found.id}::uuid FOR UPDATE`;
    const operation = await transaction.operation.findUniqueOrThrow({ where: { id: found.id } });
    if (isFinal(operation.status as OperationStatus)) {
      throw new PublicError('conflict', `It has ended already (${operation.status}).`);
    }
    if (isPastReturn(operation)) {
      throw new PublicError('conflict', 'There is no way back from where it is. Follow it to its end.', {
        members: { tools: ['get_operation'] },
      });
    }
    const updated = await transaction.operation.update({
      where: { id: operation.id },
      data: {
        cancelRequest: operation.cancelRequest ?? { by: actorOf(caller).name, at: new Date().toISOString() },
        updatedAt: new Date(),
      },
    });
    context.afterCommit(() =>
      context.workflows.cancelWorkflow(operation.workflowId).catch((error: unknown) => {
        log.warn({ err: error, operation_id: operation.id }, 'a workflow was not told that it is cancelled');
      }),
    );
    return { operation: describeOperation(updated, config) };
  },
});
