import type { BreakerRules } from './circuit-breaker-settings.ts';

/** `closed`: calls pass. `open`: none does. `half_open`: one call at a time tries the upstream. */
export type BreakerStateName = 'closed' | 'open' | 'half_open';

/** The right to try the upstream with one call; it ends by itself, so a lost probe never holds the breaker. */
export interface ProbeLease {
  /** The call's request ID. */
  readonly callId: string;
  readonly expiresAt: number;
}

interface StateBase {
  /**
   * Grows with each change; a call is judged only while the epoch that let it through lasts. Of two processes' states
   * the one of the higher epoch holds.
   */
  readonly epoch: number;
  /** Times are milliseconds since the epoch of Unix. */
  readonly since: number;
  /** The last `reset_circuit_breaker` that this state knows of; 0 for none. */
  readonly resetAt: number;
  /** Of the last opening; 0 when there is none to remember. */
  readonly coolDownMs: number;
}

export type ClosedState = StateBase & { readonly name: 'closed' };
export type OpenState = StateBase & { readonly name: 'open'; readonly until: number };
/** Without a probe the next call becomes it. */
export type HalfOpenState = StateBase & { readonly name: 'half_open'; readonly probe: ProbeLease | null };
export type BreakerState = ClosedState | OpenState | HalfOpenState;

/** Why a breaker is in its state. */
export type BreakerReason =
  | 'too_many_failures'
  | 'cool_down_over'
  | 'probe_failed'
  | 'probe_succeeded'
  | 'reset'
  | 'opened_by_hand'
  | 'closed_by_hand'
  | 'override_removed';

/** What a change of state was decided on. */
export interface BreakerEvidence {
  /** The window's sums at the moment of the decision. */
  window_seconds?: number;
  calls?: number;
  failures?: number;
  /** The last failures, oldest first: a status or one of the relay's error codes. */
  last_errors?: { time: string; error: string }[];
  /** Who changed it by hand, and until when that holds. */
  by?: string;
  until?: string;
}

/** What one call showed about the upstream; null: nothing (the caller went away, the relay itself refused). */
export type CallOutcome = 'success' | 'failure' | null;

export function newBreaker(now: number, resetAt: number): ClosedState {
  return { name: 'closed', epoch: 0, since: now, resetAt, coolDownMs: 0 };
}

/** Whether a window is bad enough to open. Invariant: never with fewer calls than the minimum. */
export function isTooMany(rules: BreakerRules, calls: number, failures: number): boolean {
  return failures > 0 && calls >= rules.minimumCalls && failures >= calls * rules.failureRate;
}

/** Whether it stayed closed for long enough, a window and the last cool-down together, to forget that it was open. */
export function isSteady(state: ClosedState, rules: BreakerRules, now: number): boolean {
  return state.coolDownMs === 0 || now - state.since >= rules.windowMs + state.coolDownMs;
}

/** Opens. The cool-down grows while openings follow each other, and begins anew after a steady time. */
export function opened(state: BreakerState, rules: BreakerRules, now: number): OpenState {
  const isFirst = state.name === 'closed' && isSteady(state, rules, now);
  const coolDownMs = Math.min(
    isFirst ? rules.coolDownMs : Math.max(rules.coolDownMs, state.coolDownMs * 2),
    rules.longestCoolDownMs,
  );
  const since = Math.max(now, state.since);
  const { epoch, resetAt } = state;
  return { name: 'open', epoch: epoch + 1, since, resetAt, coolDownMs, until: since + coolDownMs };
}

/**
 * Whether the next call may try the upstream. Invariant: one probe at a time, however many callers wait; and never
 * stuck, since a cool-down and a lease both end by the clock.
 */
export function mayProbe(state: OpenState | HalfOpenState, now: number): boolean {
  if (state.name === 'open') return now >= state.until;
  return state.probe === null || now >= state.probe.expiresAt;
}

/** Gives the lease to a call. */
export function probing(state: OpenState | HalfOpenState, callId: string, now: number, leaseMs: number): HalfOpenState {
  const { epoch, resetAt, coolDownMs } = state;
  const since = state.name === 'open' ? Math.max(now, state.since) : state.since;
  return {
    name: 'half_open',
    epoch: epoch + 1,
    since,
    resetAt,
    coolDownMs,
    probe: { callId, expiresAt: now + leaseMs },
  };
}

/** The probe is judged by its answer's headers; one that showed nothing frees the lease. */
export function probeJudged(
  state: HalfOpenState,
  outcome: CallOutcome,
  rules: BreakerRules,
  now: number,
): BreakerState {
  if (outcome === 'failure') return opened(state, rules, now);
  const { epoch, resetAt, coolDownMs, since } = state;
  if (outcome === null) return { name: 'half_open', epoch: epoch + 1, since, resetAt, coolDownMs, probe: null };
  return { name: 'closed', epoch: epoch + 1, since: Math.max(now, since), resetAt, coolDownMs };
}

/** Closes by a person's word and forgets what was. */
export function resetTo(state: BreakerState, resetAt: number, now: number): ClosedState {
  return { name: 'closed', epoch: state.epoch + 1, since: Math.max(now, resetAt), resetAt, coolDownMs: 0 };
}

/** When the next call may try the upstream; null while calls pass. */
export function nextProbeAt(state: BreakerState): number | null {
  if (state.name === 'closed') return null;
  if (state.name === 'open') return state.until;
  return state.probe === null ? state.since : state.probe.expiresAt;
}
