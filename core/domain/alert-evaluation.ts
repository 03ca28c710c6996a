import { type AgentHistory, FactsOfWindow } from './alert-facts.ts';
import { compares, metricValue, type WindowFacts } from './alert-metrics.ts';
import { type AlertRuleDefinition, isInScope } from './alert-rules.ts';
import { advance, isForgotten, QUIET, type RuleState } from './alert-state.ts';
import { MINUTE_MS } from './times.ts';

/** Calls that are told of within this time of a window's end are in it. */
export const LATE_MS = 2 * MINUTE_MS;

/** The last window whose late calls have come, by its end. */
export function lastCompleteEnd(now: number): number {
  const end = now - LATE_MS;
  return end - (end % MINUTE_MS);
}

/** The ends of windows after one moment, up to another: each whole minute. */
export function windowEnds(after: number, through: number): number[] {
  const first = after - (after % MINUTE_MS) + MINUTE_MS;
  return Array.from(
    { length: Math.max(0, (through - first) / MINUTE_MS + 1) },
    (_, index) => first + index * MINUTE_MS,
  );
}

/** What a rule did with an agent. */
export interface Transition {
  agentId: string;
  change: 'fired' | 'ended';
  /** The end of the window that it was seen in, and since when the condition held; milliseconds since the epoch. */
  at: number;
  since: number;
  value: number | null;
  /** Why it ended, where the condition is not why. */
  note: string | null;
}

export interface RuleOutcome {
  /** Of agents whose state is not what it was; `isForgotten` ones need no row. */
  states: Map<string, RuleState>;
  /** In order of time. */
  transitions: Transition[];
  /** The metric's present value of agents that fire. */
  values: Map<string, number>;
}

/** Facts of an organization's windows, worked out once for all of its rules. */
export class Windows {
  readonly ends: readonly number[];
  readonly #facts = new Map<AgentHistory, Map<number, WindowFacts>>();

  constructor(ends: readonly number[]) {
    this.ends = ends;
  }

  facts(agent: AgentHistory, end: number, windowMs: number): WindowFacts {
    let known = this.#facts.get(agent);
    if (known === undefined) {
      known = new Map();
      this.#facts.set(agent, known);
    }
    // A window's length and end as one number: lengths are at most 1,440 minutes.
    const key = (end / MINUTE_MS) * 2_048 + windowMs / MINUTE_MS;
    let facts = known.get(key);
    if (facts === undefined) {
      facts = new FactsOfWindow(agent, end, windowMs);
      known.set(key, facts);
    }
    return facts;
  }
}

const LEFT = 'The agent was deleted, or is no longer what the rule watches.';

/**
 * Takes a rule through windows, with each agent in its scope. Pure: the evaluation goes on from the states that it kept,
 * the replay of a rule starts from none.
 */
export function evaluateRule(
  rule: AlertRuleDefinition,
  agents: readonly AgentHistory[],
  windows: Windows,
  before: ReadonlyMap<string, RuleState>,
): RuleOutcome {
  const outcome: RuleOutcome = { states: new Map(), transitions: [], values: new Map() };
  const watched = rule.scope.kind === 'any' ? agents : agents.filter((agent) => isInScope(rule.scope, agent));
  for (const agent of watched) evaluatePair(rule, agent, windows, before.get(agent.id) ?? QUIET, outcome);
  leaveOthers(before, new Set(watched.map(({ id }) => id)), windows.ends, outcome);
  outcome.transitions.sort((one, other) => one.at - other.at);
  return outcome;
}

function evaluatePair(
  rule: AlertRuleDefinition,
  agent: AgentHistory,
  windows: Windows,
  before: RuleState,
  { states, transitions, values }: RuleOutcome,
): void {
  const windowMs = rule.windowSeconds * 1_000;
  const forMs = rule.forSeconds * 1_000;
  let state = before;
  let value: number | null = null;
  for (const end of windows.ends) {
    if (end <= rule.evaluatedFrom) continue;
    value = metricValue(rule, windows.facts(agent, end, windowMs));
    const holds = value === null ? null : compares(value, rule.comparison, rule.threshold);
    // Nearly all pairs, nearly always.
    if (state === QUIET && holds !== true) continue;
    const { since } = state;
    const step = advance(state, holds, end, forMs);
    state = isForgotten(step.state) ? QUIET : step.state;
    if (step.change === null) continue;
    const began = (step.change === 'fired' ? state.since : since) ?? end;
    transitions.push({ agentId: agent.id, change: step.change, at: end, since: began, value, note: null });
  }
  if (!isSame(state, before)) states.set(agent.id, state);
  if (state.phase === 'firing' && value !== null) values.set(agent.id, value);
}

/** Agents that the rule no longer watches: what fires for them ends. */
function leaveOthers(
  before: ReadonlyMap<string, RuleState>,
  watched: ReadonlySet<string>,
  ends: readonly number[],
  { states, transitions }: RuleOutcome,
): void {
  const at = ends.at(-1);
  if (at === undefined) return;
  for (const [agentId, state] of before) {
    if (watched.has(agentId)) continue;
    states.set(agentId, QUIET);
    if (state.phase !== 'firing') continue;
    transitions.push({ agentId, change: 'ended', at, since: state.since ?? at, value: null, note: LEFT });
  }
}

function isSame(one: RuleState, other: RuleState): boolean {
  return (
    one.phase === other.phase &&
    one.since === other.since &&
    one.quietSince === other.quietSince &&
    one.endedAt === other.endedAt &&
    one.returns === other.returns
  );
}
