import { z } from 'zod';
import { listAuditTrail } from '../services/audit-trail.ts';
import { parseStatus } from '../services/request-logs.ts';
import { boundedRead } from '../store/bounded-read.ts';
import { defineOperation } from './define-operation.ts';
import { logListing, readRange } from './log-members.ts';
import { pageOf } from './members.ts';
import { auditEventView } from './views.ts';

const inputOfPeople = z.strictObject({
  changes: z.boolean().optional().describe('Only what changed something: no reads, no attempts, no calls.'),
});

export const listAuditEvents = defineOperation({
  name: 'list_audit_events',
  title: 'List audit events',
  kind: 'R',
  area: 'audit',
  description:
    'What people, apps and the system did, refused attempts and failed relay calls (action relay_call) included, the newest first.',
  examples: [
    { status: '5xx', since: '24h' },
    { action: 'delete_agent', since: 'this_month' },
  ],
  input: z.strictObject({
    actor: z.string().trim().min(1).max(100).optional().describe("Part of a person's, token's or app's name."),
    action: z.string().trim().min(1).max(64).optional().describe('An operation such as create_agent, or relay_call.'),
    ...logListing,
  }),
  inputOfPeople,
  output: pageOf(auditEventView),
  rest: { method: 'GET', path: '/audit-events' },
  run({ transaction }, input) {
    const { actor, action, status, since, until, limit, cursor } = input;
    const { changes } = input as z.output<typeof inputOfPeople>;
    return boundedRead(transaction, () =>
      listAuditTrail(transaction, {
        actor,
        action,
        status: status === undefined ? undefined : parseStatus(status),
        changes,
        ...readRange({ since, until }),
        limit,
        cursor,
      }),
    );
  },
});
