import { z } from 'zod';
import { createAgentKey as create } from '../services/agent-keys.ts';
import { findAgent } from '../services/agents.ts';
import { rateLimitRpm } from './agent-members.ts';
import { defineOperation } from './define-operation.ts';
import { reference } from './members.ts';
import { newAgentKeyView } from './views.ts';

export const createAgentKey = defineOperation({
  name: 'create_agent_key',
  title: 'Create an agent key',
  kind: 'W',
  area: 'agents',
  description:
    'Makes a further agent key for one agent, or for all agents. It is shown once, to the person who asked, at reveal_url.',
  examples: [{ agent: 'openai-relay', name: 'billing service' }],
  input: z.strictObject({
    agent: reference.optional().describe('Left out: the key reaches all agents of the organization.'),
    name: z.string().trim().min(1).max(100).describe('Who will hold it.'),
    rate_limit_rpm: rateLimitRpm
      .optional()
      .describe('At most so many calls with this key in any 60 seconds, within the limits of the agents.'),
  }),
  inputOfPeople: z.strictObject({
    reveal: z.enum(['link', 'inline']).optional().describe('inline: the agent key stands in this answer, once.'),
  }),
  output: z.object({ agent_key: newAgentKeyView }),
  rest: { method: 'POST', path: '/agent-keys', status: 201 },
  prepare: ({ vault, caller }) => vault.prepare(caller.organizationId),
  async run(context, input) {
    const agent = input.agent === undefined ? null : await findAgent(context.transaction, input.agent);
    const agentKey = await create(context.transaction, context, {
      agentId: agent?.id ?? null,
      name: input.name,
      rateLimitRpm: input.rate_limit_rpm,
      personId: context.caller.person.id,
      inline: (input as { reveal?: string }).reveal === 'inline',
    });
    context.auditTarget({ kind: 'agent_key', id: agentKey.id, name: input.name });
    if (agent !== null) context.auditTouched(agent.id);
    return { agent_key: agentKey };
  },
  forReplay: ({ agent_key }) => ({ agent_key: { ...agent_key, reveal_url: null, value: null, already_shown: true } }),
});
