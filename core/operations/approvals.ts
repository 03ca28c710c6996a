import { z } from 'zod';
import { policySchema } from '../domain/approval.ts';
import { changePolicy, decideApproval, readPolicy } from '../services/approvals.ts';
import { describeOperation, findOperation } from '../services/operations.ts';
import { defineOperation } from './define-operation.ts';
import { reference } from './members.ts';
import { readerOf } from './readable-areas.ts';
import { operationView } from './views.ts';

const policyOutput = z.object({ policy: policySchema });

const getPolicy = defineOperation({
  name: 'get_policy',
  title: 'Get the approval policy',
  kind: 'R',
  area: null,
  role: 'admin',
  restOnly: true,
  description: "What needs a person's approval in this organization.",
  examples: [{}],
  input: z.strictObject({}),
  output: policyOutput,
  rest: { method: 'GET', path: '/policy' },
  run: async ({ transaction }) => ({ policy: await readPolicy(transaction) }),
});

const updatePolicy = defineOperation({
  name: 'update_policy',
  title: 'Change the approval policy',
  kind: 'W',
  area: null,
  role: 'admin',
  restOnly: true,
  description: "Says what needs a person's approval. It holds for operations asked for from now on.",
  examples: [{ require_approval: { rotate: true }, second_person: true }],
  input: z.strictObject({
    require_approval: z
      .strictObject({ rotate: z.boolean().optional(), delete: z.boolean().optional(), send: z.boolean().optional() })
      .optional(),
    second_person: z.boolean().optional(),
  }),
  output: policyOutput,
  rest: { method: 'PUT', path: '/policy' },
  async run({ transaction, caller, auditTarget }, change) {
    auditTarget({ kind: 'organization', id: caller.organizationId, name: caller.organizationName });
    return { policy: await changePolicy(transaction, change) };
  },
});

/** Over REST and on the page: whether an app's own request goes on is never decided by an app. */
function decision<const Verb extends 'approve' | 'reject'>(verb: Verb) {
  const decided = verb === 'approve' ? ('approved' as const) : ('rejected' as const);
  return defineOperation({
    name: `${verb}_operation` as `${Verb}_operation`,
    title: verb === 'approve' ? 'Approve an operation' : 'Reject an operation',
    kind: 'W',
    area: null,
    scope: 'approvals:write',
    restOnly: true,
    description:
      'For a manager or admin whose session is re-authenticated within 10 minutes, or an API token with approvals:write whose maker did not ask. The decision is about exactly the input whose hash is given.',
    examples: [{ operation: '01998c5e-7d3a-7b1e-9c55-0d6f3a1b2c4d', input_hash: '0'.repeat(64) }],
    input: z.strictObject({
      operation: reference,
      input_hash: z.string().regex(/^[0-9a-f]{64}$/, 'is operation.approval.input_hash'),
    }),
    output: z.object({ operation: operationView }),
    rest: { method: 'POST', path: `/operations/{operation}/${verb}` },
    async run(context, input) {
      const { transaction, config, caller, log } = context;
      const operation = await findOperation(transaction, input.operation, readerOf(caller));
      context.auditTarget({ kind: operation.targetKind, id: operation.targetId, name: operation.targetName });
      context.auditOperation(operation.id);
      await decideApproval(transaction, context, { operation, decision: decided, inputHash: input.input_hash });
      context.afterCommit(() =>
        context.workflows.tellToLook(operation.workflowId).catch((error: unknown) => {
          log.warn({ err: error, operation_id: operation.id }, 'a workflow was not told of a decision; it looks soon');
        }),
      );
      const row = await transaction.operation.findUniqueOrThrow({ where: { id: operation.id } });
      return { operation: describeOperation(row, config) };
    },
  });
}

export const approvalOperations = [getPolicy, updatePolicy, decision('approve'), decision('reject')] as const;
