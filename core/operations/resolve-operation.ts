import { z } from 'zod';
import { actorOf } from '../domain/caller.ts';
import { type Doubt, EMAIL_DECISIONS, KEY_DECISIONS } from '../domain/doubt.ts';
import { isFinal, type OperationStatus } from '../domain/long-running.ts';
import { SEND_EMAIL } from '../domain/outgoing-email.ts';
import { PublicError } from '../errors.ts';
import { describeOperation, findOperation } from '../services/operations.ts';
import { requireSender } from '../services/sending-rules.ts';
import { defineOperation } from './define-operation.ts';
import { reference } from './members.ts';
import { readerOf, requireWritable } from './readable-areas.ts';
import { operationView } from './views.ts';

export const resolveOperation = defineOperation({
  name: 'resolve_operation',
  title: 'Decide about a key or mail in doubt',
  kind: 'W',
  area: null,
  restOnly: true,
  description:
    'Answers operation.question. Of keys: "remove" ends those in doubt, or says that they were ended by hand; "keep" leaves them at the provider. Of a mail: "sent" says that it has arrived; "resend" sends it once more.',
  examples: [
    { operation: '01998c5e-7d3a-7b1e-9c55-0d6f3a1b2c4d', decision: 'remove' },
    { operation: '01998c5e-7d3a-7b1e-9c55-0d6f3a1b2c4d', decision: 'sent' },
  ],
  input: z.strictObject({ operation: reference, decision: z.enum([...KEY_DECISIONS, ...EMAIL_DECISIONS]) }),
  output: z.object({ operation: operationView }),
  rest: { method: 'POST', path: '/operations/{operation}/resolve' },
  async run(context, input) {
    const { transaction, caller, config, log } = context;
    const found = await findOperation(transaction, input.operation, readerOf(caller));
    context.auditTarget({ kind: found.targetKind, id: found.targetId, name: found.targetName });
    context.auditOperation(found.id);
    requireWritable(caller, found);
    await transaction.$queryRaw`SELECT id FROM operation WHERE id = ${found.id}::uuid FOR UPDATE`;
    const operation = await transaction.operation.findUniqueOrThrow({ where: { id: found.id } });
    const doubt = operation.resolution as unknown as Doubt | null;
    if (doubt === null || doubt.decision !== null || isFinal(operation.status as OperationStatus)) {
      throw new PublicError('conflict', 'This operation asks nothing (any more). Look at it again.', {
        members: { tools: ['get_operation'] },
      });
    }
    const choices: readonly string[] = operation.kind === SEND_EMAIL ? EMAIL_DECISIONS : KEY_DECISIONS;
    if (!choices.includes(input.decision)) {
      throw new PublicError('invalid_request', `This question is answered by "${choices.join('" or "')}".`);
    }
    await requireSender(transaction, caller, operation, input.decision === 'resend' ? 'resend' : 'sent');
    const decided: Doubt = {
      ...doubt,
      decision: input.decision,
      decided_by: actorOf(caller).name,
      decided_at: new Date().toISOString(),
    };
    const updated = await transaction.operation.update({
      where: { id: operation.id },
      data: { resolution: { ...decided }, updatedAt: new Date() },
    });
    context.afterCommit(() =>
      context.workflows.tellToLook(operation.workflowId).catch((error: unknown) => {
        log.warn({ err: error, operation_id: operation.id }, 'a workflow was not told of a decision; it looks soon');
      }),
    );
    return { operation: describeOperation(updated, config) };
  },
});
