import { z } from 'zod';
import { listCircuitBreakers as list } from '../services/circuit-breakers.ts';
import { oneAgent, withAgentId } from './agent-members.ts';
import { breakerState, circuitBreakerView } from './breaker-members.ts';
import { defineOperation } from './define-operation.ts';
import { listed, pageOf } from './members.ts';

export const listCircuitBreakers = defineOperation({
  name: 'list_circuit_breakers',
  title: 'List circuit breakers',
  kind: 'R',
  area: 'agents',
  description:
    "Agents' circuit breakers: state, why, since when, next probe, the evidence it was decided on, settings and the last changes.",
  examples: [{}, { state: 'open' }],
  input: z.strictObject({ state: breakerState.optional(), ...listed }),
  inputOfPeople: oneAgent,
  output: pageOf(circuitBreakerView),
  rest: { method: 'GET', path: '/circuit-breakers' },
  run: async ({ transaction }, input) => list(transaction, await withAgentId(transaction, input)),
});
