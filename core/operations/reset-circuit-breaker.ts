import { z } from 'zod';
import { findAgent } from '../services/agents.ts';
import { describeCircuitBreaker, resetCircuitBreaker as reset } from '../services/circuit-breakers.ts';
import { circuitBreakerView, nameOf } from './breaker-members.ts';
import { defineOperation } from './define-operation.ts';
import { reference } from './members.ts';

export const resetCircuitBreaker = defineOperation({
  name: 'reset_circuit_breaker',
  title: 'Reset a circuit breaker',
  kind: 'W',
  area: 'agents',
  description:
    'Closes the breaker of an agent now, forgets what it counted and ends a manual override. It opens again if calls go on failing.',
  examples: [{ agent: 'stripe-relay' }],
  input: z.strictObject({ agent: reference }),
  output: z.object({ circuit_breaker: circuitBreakerView }),
  rest: { method: 'POST', path: '/agents/{agent}/circuit-breaker/reset' },
  async run({ transaction, caller, auditTarget }, input) {
    const agent = await findAgent(transaction, input.agent);
    auditTarget({ kind: 'agent', id: agent.id, name: agent.name });
    await transaction.agent.update({ where: { id: agent.id }, data: { version: { increment: 1 } } });
    await reset(transaction, agent, nameOf(caller));
    return { circuit_breaker: await describeCircuitBreaker(transaction, agent.id) };
  },
});
