import { z } from 'zod';
import { createAgentKey } from '../services/agent-keys.ts';
import { describeAgent, nameConflict } from '../services/agents.ts';
import { requireOneCurrency } from '../services/currencies.ts';
import { checkUpstreamUrl } from '../services/upstreams.ts';
import { burst, checkBurst, price, rateLimitRpm, routing, upstreamUrl } from './agent-members.ts';
import { defineOperation } from './define-operation.ts';
import { labels, name } from './members.ts';
import { agentView, newAgentKeyView } from './views.ts';

export const createAgent = defineOperation({
  name: 'create_agent',
  title: 'Create an agent',
  kind: 'W',
  area: 'agents',
  description:
    'Makes an agent relay for an upstream API, and its first agent key. The key is shown once, to the person who asked, at reveal_url.',
  examples: [{ name: 'stripe-relay', upstream_url: 'https://api.stripe.com', rate_limit_rpm: 300 }],
  input: z.strictObject({
    name,
    upstream_url: upstreamUrl,
    rate_limit_rpm: rateLimitRpm.optional().describe('At most so many calls in any 60 seconds; no limit if left out.'),
    burst: burst.optional().describe('At most so many calls in any one second.'),
    labels: labels.optional(),
    routing: routing.optional(),
    price: price.optional(),
  }),
  inputOfPeople: z.strictObject({
    reveal: z.enum(['link', 'inline']).optional().describe('inline: the agent key stands in this answer, once.'),
  }),
  output: z.object({ agent: agentView, agent_key: newAgentKeyView, warnings: z.array(z.string()) }),
  rest: { method: 'POST', path: '/agents', status: 201 },
  async prepare(context, input) {
    await context.vault.prepare(context.caller.organizationId);
    return checkUpstreamUrl(context, input.upstream_url);
  },
  async run(context, input, { url, warnings }) {
    const { transaction, caller, config } = context;
    checkBurst(input.rate_limit_rpm ?? null, input.burst ?? null);
    if (input.price !== undefined) await requireOneCurrency(transaction, input.price.currency);
    const agent = await nameConflict(
      'an agent',
      input.name,
      transaction.agent.create({
        data: {
          organizationId: caller.organizationId,
          name: input.name,
          labels: input.labels ?? [],
          upstreamUrl: url.href,
          rateLimitRpm: input.rate_limit_rpm ?? null,
          rateLimitBurst: input.burst ?? null,
          routing: input.routing ?? {},
          ...(input.price !== undefined && { price: input.price }),
        },
      }),
    );
    context.auditTarget({ kind: 'agent', id: agent.id, name: agent.name });
    const agentKey = await createAgentKey(transaction, context, {
      agentId: agent.id,
      name: 'default',
      personId: caller.person.id,
      inline: (input as { reveal?: string }).reveal === 'inline',
    });
    context.auditTouched(agentKey.id);
    return { agent: await describeAgent(transaction, agent, config), agent_key: agentKey, warnings };
  },
  forReplay: (output) => ({
    ...output,
    agent_key: { ...output.agent_key, reveal_url: null, value: null, already_shown: true },
  }),
});
