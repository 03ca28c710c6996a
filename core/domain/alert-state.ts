import { HOUR_MS, MINUTE_MS } from './times.ts';

/** Where a rule stands with one agent. Times are milliseconds since the epoch. */
export interface RuleState {
  phase: 'quiet' | 'pending' | 'firing';
  /** The condition holds since; null while quiet. */
  since: number | null;
  /** Pending or firing: it does not, or nothing is known, since. */
  quietSince: number | null;
  /** When it fired last until; forgotten after an hour. */
  endedAt: number | null;
  /** How often it fired again within an hour of its end. */
  returns: number;
}

export const QUIET: RuleState = { phase: 'quiet', since: null, quietSince: null, endedAt: null, returns: 0 };

export interface Advance {
  state: RuleState;
  change: 'fired' | 'ended' | null;
}

const SHORTEST_REST_MS = 5 * MINUTE_MS;
const LONGEST_FIRST_REST_MS = 10 * MINUTE_MS;
/** What fires again within this time of its end flaps; and the longest rest. */
export const FLAP_MS = HOUR_MS;

/**
 * How long the condition must not hold before it counts as ended: as long as it had to hold, between 5 and 10 minutes;
 * twice as long each time that it came back within an hour, up to an hour. So a condition that flaps is one long alert.
 */
export function restMs(forMs: number, returns: number): number {
  const first = Math.min(Math.max(forMs, SHORTEST_REST_MS), LONGEST_FIRST_REST_MS);
  return Math.min(first * 2 ** returns, FLAP_MS);
}

/**
 * One window's step of a rule with an agent: the evaluation and the replay of a rule take the same ones.
 * @param holds whether the condition held in the window; null: the window says nothing, such as one without calls. A
 *   rule that is pending stays so for a while, and one that fires calms down as if it did not hold.
 * @param at the window's end
 * @param forMs how long the condition must hold before it fires
 */
export function advance(state: RuleState, holds: boolean | null, at: number, forMs: number): Advance {
  const known = forgetting(state, at);
  switch (known.phase) {
    case 'quiet':
      return holds === true ? holding({ ...known, phase: 'pending', since: at }, at, forMs) : unchanged(known);
    case 'pending':
      if (holds === true) return holding(known, at, forMs);
      return holds === null ? waiting(known, at, forMs) : unchanged(calm(known));
    case 'firing':
      return holds === true ? unchanged({ ...known, quietSince: null }) : resting(known, at, forMs);
  }
}

/** What ended longer ago than an hour has no bearing on what comes. */
function forgetting(state: RuleState, at: number): RuleState {
  if (state.phase === 'firing' || state.endedAt === null || at - state.endedAt <= FLAP_MS) return state;
  return { ...state, endedAt: null, returns: 0 };
}

function holding(state: RuleState, at: number, forMs: number): Advance {
  if (at - (state.since ?? at) < forMs) return unchanged({ ...state, quietSince: null });
  const returns = state.endedAt === null ? 0 : state.returns + 1;
  return { state: { ...state, phase: 'firing', quietSince: null, returns }, change: 'fired' };
}

function waiting(state: RuleState, at: number, forMs: number): Advance {
  const quietSince = state.quietSince ?? at;
  return unchanged(at - quietSince >= restMs(forMs, 0) ? calm(state) : { ...state, quietSince });
}

function resting(state: RuleState, at: number, forMs: number): Advance {
  const quietSince = state.quietSince ?? at;
  if (at - quietSince < restMs(forMs, state.returns)) return unchanged({ ...state, quietSince });
  return { state: { ...calm(state), endedAt: at }, change: 'ended' };
}

function calm({ endedAt, returns }: RuleState): RuleState {
  return { ...QUIET, endedAt, returns };
}

const unchanged = (state: RuleState): Advance => ({ state, change: null });

/** A quiet state that remembers nothing needs no row. */
export function isForgotten({ phase, endedAt }: RuleState): boolean {
  return phase === 'quiet' && endedAt === null;
}
