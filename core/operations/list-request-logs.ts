import { z } from 'zod';
import { findAgent } from '../services/agents.ts';
import { listRequestLogs as list, parseStatus } from '../services/request-logs.ts';
import { defineOperation } from './define-operation.ts';
import { logListing, readRange } from './log-members.ts';
import { pageOf, reference } from './members.ts';
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
  input: z.strictObject({ agent: reference.optional(), ...logListing }),
  output: pageOf(requestLogView),
  rest: { method: 'GET', path: '/request-logs' },
  async run({ transaction, auditTarget }, { agent: agentReference, status, since, until, limit, cursor }) {
    const agent = agentReference === undefined ? undefined : await findAgent(transaction, agentReference);
    if (agent !== undefined) auditTarget({ kind: 'agent', id: agent.id, name: agent.name });
    return list(transaction, {
      agentId: agent?.id,
      status: status === undefined ? undefined : parseStatus(status),
      ...readRange({ since, until }),
      limit,
      cursor,
    });
  },
});
