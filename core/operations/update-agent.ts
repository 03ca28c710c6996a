import { z } from 'zod';
import { checkVersion, describeAgent, findAgent, nameConflict } from '../services/agents.ts';
import { lockLinkedCredentials, requireAllowedHost } from '../services/allowed-hosts.ts';
import { requireOneCurrency } from '../services/currencies.ts';
import { checkUpstreamUrl } from '../services/upstreams.ts';
import { Prisma } from '../store/generated/client.ts';
import { burst, checkBurst, price, rateLimitRpm, routing } from './agent-members.ts';
import { defineOperation } from './define-operation.ts';
import { expectedVersion, labels, name, reference } from './members.ts';
import { agentView } from './views.ts';

export const updateAgent = defineOperation({
  name: 'update_agent',
  title: 'Update an agent',
  kind: 'W',
  area: 'agents',
  description:
    'Changes an agent: name, upstream, labels, rate limit, routing, price, enabled. Members left out stay as they are. A new upstream must be among the allowed hosts of every linked credential.',
  examples: [
    { agent: 'stripe-relay', rate_limit_rpm: 600 },
    { agent: 'stripe-relay', enabled: false },
  ],
  input: z.strictObject({
    agent: reference,
    name: name.optional().describe('The new name; callers of the relay must use it at once.'),
    upstream_url: z.string().max(2_048).optional(),
    enabled: z.boolean().optional().describe('false: the relay answers agent_disabled.'),
    labels: labels.optional(),
    rate_limit_rpm: rateLimitRpm.nullable().optional().describe('null: no limit.'),
    burst: burst.nullable().optional(),
    routing: routing.optional(),
    price: price.nullable().optional().describe('Replaces the whole price; null: none.'),
    expected_version: expectedVersion,
  }),
  output: z.object({ agent: agentView, warnings: z.array(z.string()) }),
  rest: { method: 'PATCH', path: '/agents/{agent}' },
  prepare: async (dependencies, { upstream_url }) =>
    upstream_url === undefined ? undefined : checkUpstreamUrl(dependencies, upstream_url),
  async run({ transaction, config, caller, auditTarget }, input, upstream) {
    const found = await findAgent(transaction, input.agent);
    auditTarget({ kind: 'agent', id: found.id, name: found.name });
    // Only after the row is locked is its version the one that the change starts from.
    await transaction.$queryRaw`SELECT id FROM agent WHERE id = ${found.id}::uuid FOR UPDATE`;
    const agent = await findAgent(transaction, found.id);
    checkVersion(agent, input.expected_version);
    if (upstream !== undefined) {
      const links = await lockLinkedCredentials(transaction, agent.id);
      for (const { credential } of links) requireAllowedHost(config, caller.organizationId, credential, upstream.url);
    }
    const rpm = input.rate_limit_rpm === undefined ? agent.rateLimitRpm : input.rate_limit_rpm;
    const burstValue = input.burst === undefined ? (rpm === null ? null : agent.rateLimitBurst) : input.burst;
    checkBurst(rpm, burstValue);
    if (input.price) await requireOneCurrency(transaction, input.price.currency, agent.id);
    const updated = await nameConflict(
      'an agent',
      input.name ?? agent.name,
      transaction.agent.update({
        where: { id: agent.id },
        data: {
          ...(input.name !== undefined && { name: input.name }),
          ...(upstream !== undefined && { upstreamUrl: upstream.url.href }),
          ...(input.enabled !== undefined && { enabled: input.enabled }),
          ...(input.labels !== undefined && { labels: input.labels }),
          ...(input.routing !== undefined && { routing: { ...(agent.routing as object), ...input.routing } }),
          ...(input.price !== undefined && { price: input.price ?? Prisma.DbNull }),
          rateLimitRpm: rpm,
          rateLimitBurst: burstValue,
          version: { increment: 1 },
          updatedAt: new Date(),
        },
      }),
    );
    return { agent: await describeAgent(transaction, updated, config), warnings: upstream?.warnings ?? [] };
  },
});
