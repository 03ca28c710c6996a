import { z } from 'zod';
import { findAgent } from '../services/agents.ts';
import { writeBudget } from '../services/budgets.ts';
import { defineOperation } from './define-operation.ts';
import { reference } from './members.ts';
import { budgetView } from './views.ts';

export const updateBudget = defineOperation({
  name: 'update_budget',
  title: 'Change a budget',
  kind: 'W',
  area: null,
  role: 'admin',
  restOnly: true,
  description:
    "Sets how much an agent, or the whole organization, should use in a month (UTC). Admins get a notice at 80 % and at 100 %; calls go on. The plan's own limit is the one that refuses.",
  examples: [
    { agent: 'openai-relay', requests_per_month: null, spend_per_month: 250 },
    { requests_per_month: 800_000, spend_per_month: null },
  ],
  input: z.strictObject({
    agent: reference.optional().describe('Left out: the whole organization.'),
    requests_per_month: z.int().min(0).nullable(),
    spend_per_month: z.number().min(0).max(1e9).nullable().describe("In the prices' currency."),
  }),
  output: z.object({ agent: z.string().nullable(), budget: budgetView }),
  rest: { method: 'PUT', path: '/budgets' },
  async run({ transaction, caller, auditTarget }, { agent: agentReference, ...limits }) {
    const agent = agentReference === undefined ? null : await findAgent(transaction, agentReference);
    const { id, name } = agent ?? { id: caller.organizationId, name: caller.organizationName };
    auditTarget({ kind: agent === null ? 'organization' : 'agent', id, name });
    const budget = await writeBudget(transaction, agent?.id ?? null, limits);
    return { agent: agent?.name ?? null, budget };
  },
});
