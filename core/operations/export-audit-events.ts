import { z } from 'zod';
import { chainLinks, currentHead } from '../services/audit-chain.ts';
import { defineOperation } from './define-operation.ts';

export const exportAuditEvents = defineOperation({
  name: 'export_audit_events',
  title: 'Export the audit events',
  kind: 'R',
  area: 'audit',
  role: 'admin',
  restOnly: true,
  description:
    'All chained audit events in their order as JSON Lines: {sequence, previous, event, hash}, where hash is the SHA-256 of the RFC 8785 JSON of the other three.',
  examples: [{}, { from_sequence: 1_001 }],
  input: z.strictObject({ from_sequence: z.int().min(1).default(1).describe('Go on after an earlier export.') }),
  output: z.object({ from_sequence: z.int(), to_sequence: z.int() }),
  rest: { method: 'GET', path: '/audit-events/export' },
  async run({ transaction }, { from_sequence }) {
    const head = await currentHead(transaction);
    return { from_sequence, to_sequence: head?.sequence ?? 0 };
  },
  lines: ({ database, caller: { organizationId }, signal }, { from_sequence: from, to_sequence: to }) =>
    chainLinks(database, { organizationId, from, to, signal }),
});
