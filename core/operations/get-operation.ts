import { z } from 'zod';
import { isFinal, type OperationStatus, progressOf, waitsForSomebody } from '../domain/long-running.ts';
import { isInstanceOwner } from '../services/instance-owners.ts';
import { describeOperation, findOperation, stepsOf, temporalUrlOf } from '../services/operations.ts';
import { revealUrlOf } from '../services/rotated-agent-keys.ts';
import { defineOperation } from './define-operation.ts';
import { reference } from './members.ts';
import { readerOf } from './readable-areas.ts';
import { operationView } from './views.ts';

export const getOperation = defineOperation({
  name: 'get_operation',
  title: 'Get a long-running operation',
  kind: 'R',
  area: null,
  description:
    'Status, steps with times, what it waits for, next timer and result. With wait_seconds the answer comes when it ends or waits for a person, at the latest after that time.',
  examples: [{ operation: '01998c5e-7d3a-7b1e-9c55-0d6f3a1b2c4d', wait_seconds: 30 }],
  input: z.strictObject({ operation: reference, wait_seconds: z.number().min(0).max(50).default(0) }),
  output: z.object({ operation: operationView }),
  rest: { method: 'GET', path: '/operations/{operation}' },
  /** Waits outside any transaction, on the row's notifications. */
  async prepare(context, { operation: id, wait_seconds }) {
    const { database, caller, operationFeed, signal, reportProgress } = context;
    const deadline = Date.now() + wait_seconds * 1_000;
    while (Date.now() < deadline && !signal.aborted) {
      const row = await database.inOrganization(caller.organizationId, (transaction) =>
        findOperation(transaction, id, readerOf(caller)),
      );
      reportProgress(progressOf(row.kind, stepsOf(row)));
      const status = row.status as OperationStatus;
      if (isFinal(status) || (waitsForSomebody(status) && row.cancelRequest === null)) break;
      await operationFeed.changed(row.id, deadline - Date.now(), signal);
    }
    return {
      linkKey: await context.instanceKeys.key('reveal-links'),
      isOwner: await isInstanceOwner(context, caller.person),
    };
  },
  async run({ transaction, config, caller, auditTarget, auditOperation }, input, { linkKey, isOwner }) {
    const operation = await findOperation(transaction, input.operation, readerOf(caller));
    auditTarget({ kind: operation.targetKind, id: operation.targetId, name: operation.targetName });
    auditOperation(operation.id);
    return {
      operation: {
        ...describeOperation(operation, config),
        reveal_url: await revealUrlOf(transaction, { config, caller, linkKey }, operation),
        temporal_url: isOwner ? temporalUrlOf(config, operation.workflowId) : null,
      },
    };
  },
  forReplay: ({ operation }) => ({ operation: { ...operation, reveal_url: null } }),
});
