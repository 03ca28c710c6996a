import { evaluateRule, lastCompleteEnd, type Transition, Windows, windowEnds } from '../domain/alert-evaluation.ts';
import { type AlertRuleDefinition, isInScope } from '../domain/alert-rules.ts';
import { HOUR_MS, MINUTE_MS } from '../domain/times.ts';
import { PublicError } from '../errors.ts';
import { readHistories } from '../store/alert-histories.ts';
import type { Ask } from '../store/alert-traffic.ts';
import { boundedRead } from '../store/bounded-read.ts';
import type { OrganizationTransaction } from '../store/database.ts';
import { MINUTES_KEPT_HOURS } from '../store/traffic-rollup.ts';

/** What one replay looks at: windows of agents; those with latencies take a hundred times as much to read. */
const MOST_WINDOWS = 300_000;
const MOST_LATENCY_WINDOWS = 30_000;

/** How far back the traffic's minutes reach, less the longest window. */
export const REPLAYED_HOURS = MINUTES_KEPT_HOURS - 24;

/** Once that a rule would have fired for an agent. */
export interface Firing {
  agentId: string;
  /** When the condition began to hold, when the rule fired, and when it ended: null, not yet. Milliseconds. */
  since: number;
  firedAt: number;
  endedAt: number | null;
  value: number | null;
}

export interface Replay {
  firings: Firing[];
  /** Whose windows were looked at. */
  agents: number;
  from: number;
  until: number;
}

/**
 * Takes a rule through past windows, as the evaluation would have: the same function, begun without states.
 * @param rule its `evaluatedFrom` is the time to begin at
 * @throws PublicError `invalid_request` where that is too much at once
 */
export async function replayRule(transaction: OrganizationTransaction, rule: AlertRuleDefinition): Promise<Replay> {
  const from = Math.max(rule.evaluatedFrom, Date.now() - REPLAYED_HOURS * HOUR_MS);
  const ends = windowEnds(from, lastCompleteEnd(Date.now()));
  const agents = await transaction.agent.findMany({ where: { deletedAt: null }, select: { id: true, labels: true } });
  const watched = agents.filter((agent) => isInScope(rule.scope, agent)).map(({ id }) => id);
  requireFew(rule, watched.length, ends.length);
  const until = ends.at(-1) ?? from;
  if (ends.length === 0) return { firings: [], agents: watched.length, from, until };
  const whose = { organizationIds: [transaction.organizationId], agentIds: watched };
  const histories = await boundedRead(transaction, () => readHistories(askOf(transaction), whose, [rule], ends));
  const windows = new Windows(ends);
  const { transitions } = evaluateRule(rule, histories.get(transaction.organizationId) ?? [], windows, new Map());
  return { firings: firingsOf(transitions), agents: watched.length, from, until };
}

function requireFew({ metric }: AlertRuleDefinition, agents: number, windows: number): void {
  const most = metric === 'p95_latency_ms' ? MOST_LATENCY_WINDOWS : MOST_WINDOWS;
  if (agents * windows <= most) return;
  const hours = Math.floor((most / agents) * MINUTE_MS) / HOUR_MS;
  const advice = `of so many agents look back over at most ${Math.floor(hours * 10) / 10} hours, or name fewer agents`;
  throw new PublicError('invalid_request', `since: ${advice}.`, { issues: [{ path: 'since', message: advice }] });
}

function askOf(transaction: OrganizationTransaction): Ask {
  return (text, values) => transaction.send({ text, values });
}

function firingsOf(transitions: readonly Transition[]): Firing[] {
  const firings: Firing[] = [];
  const open = new Map<string, Firing>();
  for (const { agentId, change, at, since, value } of transitions) {
    if (change === 'ended') {
      const firing = open.get(agentId);
      if (firing !== undefined) firing.endedAt = at;
      open.delete(agentId);
      continue;
    }
    const firing = { agentId, since, firedAt: at, endedAt: null, value };
    open.set(agentId, firing);
    firings.push(firing);
  }
  return firings;
}
