import { z } from 'zod';
import type { BreakerStateName } from '../domain/circuit-breaker.ts';
import { type BreakerOverride, breakerSettingsOf } from '../domain/circuit-breaker-settings.ts';
import { PublicError } from '../errors.ts';
import { checkVersion, findAgent } from '../services/agents.ts';
import { breakerStates, describeCircuitBreaker, recordBreakerChange } from '../services/circuit-breakers.ts';
import type { OrganizationTransaction } from '../store/database.ts';
import { Prisma } from '../store/generated/client.ts';
import { breakerOverride, breakerSettings, checkCoolDowns, circuitBreakerView, nameOf } from './breaker-members.ts';
import { defineOperation } from './define-operation.ts';
import { expectedVersion, reference } from './members.ts';

export const updateCircuitBreaker = defineOperation({
  name: 'update_circuit_breaker',
  title: 'Update a circuit breaker',
  kind: 'W',
  area: 'agents',
  description: "Changes when an agent's circuit breaker opens, or holds it open or closed by hand for a time.",
  examples: [
    { agent: 'stripe-relay', settings: { failure_rate: 0.3, minimum_calls: 50 } },
    { agent: 'stripe-relay', override: { state: 'open', for_seconds: 600 } },
    { agent: 'stripe-relay', override: null },
  ],
  input: z.strictObject({
    agent: reference,
    settings: breakerSettings.nullable().optional().describe('Members left out stay; null: the defaults.'),
    override: breakerOverride.nullable().optional().describe('null: ends it.'),
    expected_version: expectedVersion,
  }),
  output: z.object({ circuit_breaker: circuitBreakerView }),
  rest: { method: 'PUT', path: '/agents/{agent}/circuit-breaker' },
  async run({ transaction, caller, auditTarget }, { settings, override, ...input }) {
    if (settings === undefined && override === undefined) {
      throw new PublicError('invalid_request', 'Give settings or override: there is nothing to change.');
    }
    const found = await findAgent(transaction, input.agent);
    auditTarget({ kind: 'agent', id: found.id, name: found.name });
    // Only after the row is locked is its version the one that the change starts from.
    await transaction.$queryRaw`SELECT id FROM agent WHERE id = ${found.id}::uuid FOR UPDATE`;
    const agent = await findAgent(transaction, found.id);
    checkVersion(agent, input.expected_version);
    const changed = settings === null ? {} : { ...(agent.circuitBreaker as object), ...settings };
    checkCoolDowns(breakerSettingsOf(changed));
    const before = await stateOf(transaction, agent.id);
    const held = override && heldFrom(override, nameOf(caller));
    await transaction.agent.update({
      where: { id: agent.id },
      data: {
        circuitBreaker: changed,
        ...(held !== undefined && { breakerOverride: held === null ? Prisma.DbNull : { ...held } }),
        version: { increment: 1 },
        updatedAt: new Date(),
      },
    });
    const hadOverride = agent.breakerOverride !== null;
    if (held || (held === null && hadOverride)) {
      await recordBreakerChange(transaction, agent.id, {
        from: before,
        to: await stateOf(transaction, agent.id),
        why: held === null ? 'override_removed' : held.state === 'open' ? 'opened_by_hand' : 'closed_by_hand',
        evidence: held === null ? { by: nameOf(caller) } : { by: held.by, until: held.until },
      });
    }
    return { circuit_breaker: await describeCircuitBreaker(transaction, agent.id) };
  },
});

async function stateOf(transaction: OrganizationTransaction, agentId: string): Promise<BreakerStateName> {
  return (await breakerStates(transaction, [agentId])).get(agentId) ?? 'closed';
}

function heldFrom({ state, for_seconds }: z.output<typeof breakerOverride>, by: string): BreakerOverride {
  const now = Date.now();
  const until = new Date(now + for_seconds * 1_000).toISOString();
  return { state, since: new Date(now).toISOString(), until, by };
}
