import { z } from 'zod';
import { openHeadSigner } from '../audit/head.ts';
import { verifyChain } from '../services/audit-chain.ts';
import { defineOperation } from './define-operation.ts';

const signedHead = z.object({
  organization_id: z.uuid(),
  sequence: z.int().min(1),
  hash: z.string().regex(/^[0-9a-f]{64}$/),
  signed_at: z.iso.datetime(),
  key_id: z.string().max(100),
  signature: z.string().max(100),
});

export const verifyAuditEvents = defineOperation({
  name: 'verify_audit_events',
  title: 'Verify the audit events',
  kind: 'R',
  area: 'audit',
  role: 'admin',
  restOnly: true,
  description:
    'Recomputes the chain of audit events and holds it against the signed heads: finds events that were changed, removed, reordered or slipped in. Keep the head of the answer, and give it next time: what it signs cannot be rewritten unseen.',
  examples: [{}],
  input: z.strictObject({ kept_heads: z.array(signedHead).max(100).default([]).describe('Heads of earlier answers.') }),
  output: z.object({
    ok: z.boolean(),
    events: z.int(),
    waiting: z.int().describe('Events not chained for over a minute: the workers do not run.'),
    problem_count: z.int(),
    problems: z
      .array(z.object({ kind: z.string(), sequence: z.int(), detail: z.string() }))
      .describe('The first ones.'),
    head: signedHead.nullable(),
  }),
  rest: { method: 'POST', path: '/audit-events/verify' },
  async prepare({ database, instanceKeys, caller: { organizationId }, signal }, { kept_heads }) {
    const signer = await openHeadSigner(instanceKeys);
    return verifyChain(database, signer, { organizationId, keptHeads: kept_heads, signal });
  },
  run: async (_context, _input, report) => ({ ok: report.problem_count === 0, ...report }),
});
