import { z } from 'zod';
import { checkVersion, findAgent } from '../services/agents.ts';
import { burst, checkBurst, rateLimitRpm } from './agent-members.ts';
import { defineOperation } from './define-operation.ts';
import { expectedVersion, reference } from './members.ts';
import { rateLimitView } from './views.ts';

export const updateRateLimit = defineOperation({
  name: 'update_rate_limit',
  title: 'Update a rate limit',
  kind: 'W',
  area: 'agents',
  description:
    'Sets how many calls an agent takes in any 60 seconds (rpm; null: no limit) and in any one second (burst). Live in every relay within a second; calls of the last minute count.',
  examples: [
    { agent: 'stripe-relay', rpm: 600 },
    { agent: 'stripe-relay', rpm: 600, burst: 20 },
    { agent: 'stripe-relay', rpm: null },
  ],
  input: z.strictObject({
    agent: reference,
    rpm: rateLimitRpm.nullable().describe('null: no limit.'),
    burst: burst.nullable().optional().describe('Left out: as it is. null: none.'),
    expected_version: expectedVersion,
  }),
  output: rateLimitView,
  rest: { method: 'PUT', path: '/agents/{agent}/rate-limit' },
  async run({ transaction, auditTarget }, input) {
    const found = await findAgent(transaction, input.agent);
    auditTarget({ kind: 'agent', id: found.id, name: found.name });
    // Only after the row is locked is its version the one that the change starts from.
    await transaction.$queryRaw`SELECT id FROM agent WHERE id = ${found.id}::uuid FOR UPDATE`;
    const agent = await findAgent(transaction, found.id);
    checkVersion(agent, input.expected_version);
    const kept = input.rpm === null ? null : agent.rateLimitBurst;
    const burstValue = input.burst === undefined ? kept : input.burst;
    checkBurst(input.rpm, burstValue);
    const { name, version } = await transaction.agent.update({
      where: { id: agent.id },
      data: {
        rateLimitRpm: input.rpm,
        rateLimitBurst: burstValue,
        version: { increment: 1 },
        updatedAt: new Date(),
      },
    });
    return { agent: name, rate_limit: input.rpm === null ? null : { rpm: input.rpm, burst: burstValue }, version };
  },
});
