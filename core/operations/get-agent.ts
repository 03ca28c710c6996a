import { z } from 'zod';
import { describeAgent, findAgent } from '../services/agents.ts';
import { defineOperation } from './define-operation.ts';
import { reference } from './members.ts';
import { agentView } from './views.ts';

export const getAgent = defineOperation({
  name: 'get_agent',
  title: 'Get an agent',
  kind: 'R',
  area: 'agents',
  description: "One agent's configuration: upstream, routing, rate limit, linked credentials, last use.",
  examples: [{ agent: 'hubspot-relay' }],
  input: z.strictObject({ agent: reference }),
  output: z.object({ agent: agentView }),
  rest: { method: 'GET', path: '/agents/{agent}' },
  async run({ transaction, config, auditTarget }, input) {
    const agent = await findAgent(transaction, input.agent);
    auditTarget({ kind: 'agent', id: agent.id, name: agent.name });
    return { agent: await describeAgent(transaction, agent, config) };
  },
});
