import {
  type BreakerEvidence,
  type BreakerReason,
  type BreakerState,
  type BreakerStateName,
  type CallOutcome,
  type HalfOpenState,
  isSteady,
  isTooMany,
  type OpenState,
  opened,
  probeJudged,
  probing,
  resetTo,
} from '../../core/domain/circuit-breaker.ts';
import { type BreakerRules, DEFAULT_BREAKER_SETTINGS } from '../../core/domain/circuit-breaker-settings.ts';
import { CallWindow } from '../../core/domain/circuit-breaker-window.ts';

const ERRORS_KEPT = 5;
const DEFAULT_WINDOW_MS = DEFAULT_BREAKER_SETTINGS.window_seconds * 1_000;

/** A change of state with what it was decided on. */
export interface BreakerEvent {
  readonly agentId: string;
  /** Milliseconds since the epoch. */
  readonly time: number;
  readonly from: BreakerStateName;
  readonly state: BreakerState;
  readonly why: BreakerReason;
  readonly evidence: BreakerEvidence;
}

/** The state to be in next; `event` is null where only a lease changes hands. */
export interface Transition {
  readonly next: BreakerState;
  readonly event: BreakerEvent | null;
}

/** One agent's breaker in this process: its state, and the calls of the present epoch. Decides, and acts on nothing. */
export class Breaker {
  readonly agentId: string;
  state: BreakerState;
  /** States that this process has put in force and has no answer to yet: until then it asks for no probe's lease. */
  unanswered = 0;
  /** What every process counted, as far as this one knows. */
  window: CallWindow;
  /** What the other processes do not know of yet; null in a process that shares nothing. */
  unsent: CallWindow | null;
  #errors: { time: number; error: string }[] = [];

  constructor(agentId: string, state: BreakerState, isShared: boolean, windowMs = DEFAULT_WINDOW_MS) {
    this.agentId = agentId;
    this.state = state;
    this.window = new CallWindow(windowMs);
    this.unsent = isShared ? new CallWindow(windowMs) : null;
  }

  /** Puts the breaker into a state; what was counted belongs to the epoch before. */
  enter(next: BreakerState): void {
    this.state = next;
    this.window.clear();
    this.unsent?.clear();
    if (next.name === 'closed') this.#errors = [];
  }

  /** Settings changed: counts in slots of another length cannot be compared. */
  useWindow(windowMs: number): void {
    if (this.window.windowMs === windowMs) return;
    this.window = new CallWindow(windowMs);
    if (this.unsent !== null) this.unsent = new CallWindow(windowMs);
  }

  /**
   * Judges a call that the present epoch let through.
   * @param error what is kept as evidence of a failure
   */
  judge(outcome: CallOutcome, error: string, rules: BreakerRules, now: number): Transition | null {
    const { state } = this;
    if (outcome === 'failure') this.#noteError(now, error);
    if (state.name === 'half_open') {
      const next = probeJudged(state, outcome, rules, now);
      if (next.name === 'half_open') return { next, event: null };
      return this.#changed(next, next.name === 'open' ? 'probe_failed' : 'probe_succeeded', now, this.#lastErrors());
    }
    if (state.name === 'open' || outcome === null) return null;
    this.useWindow(rules.windowMs);
    this.window.count(now, outcome === 'failure');
    this.unsent?.count(now, outcome === 'failure');
    return this.trip(rules, now);
  }

  /**
   * Takes over what all processes together counted, and adds what this one has not sent yet.
   * @param counts slot, calls and failures of each slot
   */
  takeCounts(counts: readonly number[], now: number): void {
    this.window.clear();
    this.window.moveTo(now);
    for (let i = 0; i < counts.length; i += 3) this.window.add(counts[i] ?? 0, counts[i + 1] ?? 0, counts[i + 2] ?? 0);
    for (const { slot, calls, failures } of this.unsent?.slots() ?? []) this.window.add(slot, calls, failures);
  }

  /** Opens when the window is bad enough. */
  trip(rules: BreakerRules, now: number): Transition | null {
    const { calls, failures, windowMs } = this.window;
    if (this.state.name !== 'closed' || !isTooMany(rules, calls, failures)) return null;
    return this.#changed(opened(this.state, rules, now), 'too_many_failures', now, {
      window_seconds: windowMs / 1_000,
      calls,
      failures,
      ...this.#lastErrors(),
    });
  }

  /** Lets a call try the upstream; whoever asks has asked `mayProbe`. */
  probe(state: OpenState | HalfOpenState, callId: string, now: number, leaseMs: number): Transition {
    const next = probing(state, callId, now, leaseMs);
    if (state.name === 'half_open') return { next, event: null };
    return this.#changed(next, 'cool_down_over', now, this.#lastErrors());
  }

  /** Its event is written where the reset was ordered. */
  reset(resetAt: number, now: number): Transition {
    return { next: resetTo(this.state, resetAt, now), event: null };
  }

  /** Whether a new breaker would do the same. */
  isAsNew(rules: BreakerRules, now: number): boolean {
    const { state, window } = this;
    window.moveTo(now);
    return state.name === 'closed' && window.calls === 0 && isSteady(state, rules, now);
  }

  #changed(next: BreakerState, why: BreakerReason, now: number, evidence: BreakerEvidence): Transition {
    return { next, event: { agentId: this.agentId, time: now, from: this.state.name, state: next, why, evidence } };
  }

  #noteError(time: number, error: string): void {
    this.#errors.push({ time, error });
    if (this.#errors.length > ERRORS_KEPT) this.#errors.shift();
  }

  #lastErrors(): BreakerEvidence {
    const last_errors = this.#errors.map(({ time, error }) => ({ time: new Date(time).toISOString(), error }));
    return { last_errors };
  }
}
