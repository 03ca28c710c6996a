import type { Step } from '../pipeline.ts';
import type { Refusal } from '../relay-errors.ts';
import { recordBeforeEnd } from './record.ts';

/** An unknown agent, a deleted one, a foreign one and one that the key does not reach answer alike. */
export const findAgent: Step = (exchange, relay) => {
  const key = exchange.agentKey;
  const route = key === null ? undefined : relay.snapshot.findRoute(key.organizationId, exchange.agentName);
  if (key === null || route === undefined) return NOT_FOUND;
  if (key.agentId !== null && key.agentId !== route.agentId) return NOT_FOUND;
  exchange.route = route;
  if (route.durableLogs) recordBeforeEnd(exchange, relay, route);
  // A value that is missing is told of after the limits (injectCredentials), as a token that cannot be had is.
  return route.refusal?.code === 'credential_unavailable' ? null : route.refusal;
};

const NOT_FOUND: Refusal = {
  code: 'agent_not_found',
  detail: 'This agent key reaches no agent of that name. Call {relay}/{agent}/{path} with a name from list_agents.',
};
