import { MINUTE, SECOND, type Span } from './sliding-window.ts';

/** One limit that calls are counted against. */
export interface Limit {
  /** Its name in the RateLimit fields. */
  readonly policy: 'default' | 'burst' | 'agent-key';
  /** Names its window among all others. */
  readonly windowId: string;
  /** At most so many calls in any window of the span. */
  readonly quota: number;
  readonly span: Span;
  /** The same number in all processes: which of them get one call more when a quota is shared out unevenly. */
  readonly turn: number;
}

/** All limits of an agent or of an agent key, never none. */
export interface Limits {
  readonly list: readonly Limit[];
  /** The value of `RateLimit-Policy`. */
  readonly policyField: string;
}

/** @param rpm calls in any 60 seconds; null: no limit, and then `burst` says nothing */
export function limitsOfAgent(agentId: string, rpm: number | null, burst: number | null): Limits | null {
  if (rpm === null) return null;
  const limits = [limit('default', agentId, rpm, MINUTE)];
  if (burst !== null) limits.push(limit('burst', agentId, burst, SECOND));
  return withPolicy(limits);
}

export function limitsOfAgentKey(agentKeyId: string, rpm: number | null): Limits | null {
  return rpm === null ? null : withPolicy([limit('agent-key', agentKeyId, rpm, MINUTE)]);
}

/** The limits of one call: those of its agent and those of its agent key. */
export function together(agent: Limits | null, agentKey: Limits | null): Limits | null {
  if (agent === null || agentKey === null) return agent ?? agentKey;
  return {
    list: [...agent.list, ...agentKey.list],
    policyField: `${agent.policyField}, ${agentKey.policyField}`,
  };
}

function limit(policy: Limit['policy'], ownerId: string, quota: number, span: Span): Limit {
  // An ID's last digits are random.
  return { policy, windowId: `${ownerId}/${policy}`, quota, span, turn: Number.parseInt(ownerId.slice(-6), 16) };
}

function withPolicy(list: Limit[]): Limits {
  const policies = list.map(({ policy, quota, span }) => `"${policy}";q=${quota};w=${span.windowMs / 1_000}`);
  return { list, policyField: policies.join(', ') };
}
