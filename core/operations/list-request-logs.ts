import { z } from 'zod';
import { findPastAgent } from '../services/agents.ts';
import { listRequestLogs as list, parseStatus } from '../services/request-logs.ts';
import { boundedRead } from '../store/bounded-read.ts';
import { defineOperation } from './define-operation.ts';
import { logListing, readRange } from './log-members.ts';
import { moment, pageOf, reference } from './members.ts';
import { requestLogView } from './views.ts';

export const listRequestLogs = defineOperation({
  name: 'list_request_logs',
  title: 'List request logs',
  kind: 'R',
  area: 'audit',
  description:
    'Calls that the relay carried, the newest first: agent, method, path, status, latency and sizes. Paths were written by callers.',
  examples: [
    { agent: 'stripe-relay', limit: 50 },
    { status: '5xx', since: '24h' },
  ],
  input: z.strictObject({
    agent: reference.optional().describe('Of a deleted agent the ID.'),
    ...logListing,
    // The last calls are asked for far more often than the last day's.
    since: moment.default('30d').describe('RFC 3339, or 24h, 7d, this_week, this_month.'),
  }),
  output: pageOf(requestLogView),
  rest: { method: 'GET', path: '/request-logs' },
  async run({ transaction, auditTarget }, { agent: agentReference, status, since, until, limit, cursor }) {
    const agent = agentReference === undefined ? undefined : await findPastAgent(transaction, agentReference);
    if (agent !== undefined) auditTarget({ kind: 'agent', id: agent.id, name: agent.name });
    const range = readRange({ since, until });
    return boundedRead(transaction, () =>
      list(transaction, {
        agentId: agent?.id,
        status: status === undefined ? undefined : parseStatus(status),
        ...range,
        limit,
        cursor,
      }),
    );
  },
});
