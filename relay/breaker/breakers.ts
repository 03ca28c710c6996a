import { type BreakerState, type CallOutcome, mayProbe, newBreaker } from '../../core/domain/circuit-breaker.ts';
import { isFailureStatus } from '../../core/domain/circuit-breaker-settings.ts';
import type { Exchange } from '../exchange.ts';
import type { Refusal, RelayErrorCode } from '../relay-errors.ts';
import type { Route, Snapshot } from '../snapshot/snapshot.ts';
import { Breaker, type BreakerEvent, type Transition } from './breaker.ts';
import { heldOpen, isOpen } from './refusals.ts';

/** How much longer than its call may wait for an answer a probe's lease lasts. */
const LEASE_MARGIN_MS = 5_000;

/** How the processes of one relay agree on a breaker's state. */
export interface BreakerSharing {
  /**
   * Puts a state in force for all processes, unless a further one is. Never rejects.
   * @returns the state in force, or null when there was no answer in time and this process is on its own
   */
  put(breaker: Breaker, next: BreakerState): Promise<{ accepted: boolean; inForce: BreakerState } | null>;
  /** Remembers that a breaker has counts to send. */
  noteCounts(breaker: Breaker): void;
}

interface BreakerSetup {
  snapshot: Snapshot;
  /** Takes every change of state; never waits and never fails. */
  journal: { note(event: BreakerEvent): void };
  clock?: () => number;
}

/** The breakers of all agents that carry calls: lets calls through or not, and judges them by their answers. */
export class Breakers {
  /** What this clock must be ahead to be the clock that the processes share. */
  clockOffsetMs = 0;

  readonly #breakers = new Map<string, Breaker>();
  readonly #snapshot: Snapshot;
  readonly #journal: BreakerSetup['journal'];
  readonly #clock: () => number;
  /** null: this process is alone. */
  #sharing: BreakerSharing | null = null;

  constructor({ snapshot, journal, clock = Date.now }: BreakerSetup) {
    this.#snapshot = snapshot;
    this.#journal = journal;
    this.#clock = clock;
  }

  /** From now on other processes have their say; before the first call. */
  shareBy(sharing: BreakerSharing): void {
    this.#sharing = sharing;
  }

  /** Milliseconds since the epoch. */
  now(): number {
    return this.#clock() + this.clockOffsetMs;
  }

  /** Lets a call on (null) or says why not; waits only for a probe's lease, and only where processes share. */
  admit(exchange: Exchange, route: Route): Refusal | null | Promise<Refusal | null> {
    const { override, resetAt } = route.breaker;
    const now = this.now();
    if (override !== null && now < override.until) {
      return override.state === 'open' ? heldOpen(route, override.until - now) : null;
    }
    const breaker = this.#breakerOf(route, now);
    if (resetAt > breaker.state.resetAt) this.#commit(breaker, breaker.reset(resetAt, now));
    const { state } = breaker;
    if (state.name === 'closed') {
      letThrough(exchange, breaker);
      return null;
    }
    if (breaker.unanswered > 0 || !mayProbe(state, now)) return isOpen(route, state, now);
    const leaseMs = route.connectTimeoutMs + route.firstByteTimeoutMs + LEASE_MARGIN_MS;
    return this.#tryUpstream(exchange, route, breaker, breaker.probe(state, exchange.id, now, leaseMs));
  }

  /** The answer's headers are there: a call is judged by them, so a long stream holds no breaker. */
  judgeAnswer(exchange: Exchange, status: number): void {
    if (exchange.breaker === null || exchange.route === null) return;
    const isFailure = isFailureStatus(exchange.route.breaker.rules, status);
    this.#judge(exchange, isFailure ? 'failure' : 'success', String(status));
  }

  /** The relay answered by itself: only what failed on the upstream's side counts. */
  judgeRefusal(exchange: Exchange, code: RelayErrorCode): void {
    const isFailure = code === 'upstream_unreachable' || code === 'upstream_timeout';
    this.#judge(exchange, isFailure ? 'failure' : null, code);
  }

  /** The call is over. If nothing judged it (its caller left), it showed nothing, and a probe's lease is free again. */
  release(exchange: Exchange): void {
    this.#judge(exchange, null, '');
  }

  /** Takes over the state that another process, or this one before its restart, was in. */
  adopt(agentId: string, state: BreakerState): void {
    const breaker = this.#breakers.get(agentId);
    if (breaker !== undefined) {
      if (state.epoch > breaker.state.epoch) breaker.enter(state);
    } else if (state.name !== 'closed') {
      // A closed one needs no memory: it is what the next call would make.
      this.#breakers.set(agentId, new Breaker(agentId, state, this.#sharing !== null));
    }
  }

  /** Opens what the counts of all processes together show to be failing. */
  tripIfFailing(breaker: Breaker): void {
    const rules = this.#snapshot.routeOf(breaker.agentId)?.breaker.rules;
    const transition = rules === undefined ? null : breaker.trip(rules, this.now());
    if (transition !== null) this.#commit(breaker, transition);
  }

  /** Forgets breakers that a new one would not differ from, and those of agents that are gone. */
  sweep(): void {
    const now = this.now();
    for (const [agentId, breaker] of this.#breakers) {
      const route = this.#snapshot.routeOf(agentId);
      const isGone = route === undefined || route.deletedAt !== null;
      if (isGone || breaker.isAsNew(route.breaker.rules, now)) this.#breakers.delete(agentId);
    }
  }

  /** Breakers that let no or only one call through at present, and all in memory. */
  counts(): { notClosed: number; all: number } {
    let notClosed = 0;
    for (const { state } of this.#breakers.values()) if (state.name !== 'closed') notClosed += 1;
    return { notClosed, all: this.#breakers.size };
  }

  #breakerOf(route: Route, now: number): Breaker {
    let breaker = this.#breakers.get(route.agentId);
    if (breaker === undefined) {
      const { resetAt, rules } = route.breaker;
      breaker = new Breaker(route.agentId, newBreaker(now, resetAt), this.#sharing !== null, rules.windowMs);
      this.#breakers.set(route.agentId, breaker);
    }
    return breaker;
  }

  /** Lets the call through once its lease is in force: at once, or after a word with the other processes. */
  #tryUpstream(
    exchange: Exchange,
    route: Route,
    breaker: Breaker,
    transition: Transition,
  ): null | Promise<Refusal | null> {
    if (this.#sharing === null) {
      this.#commit(breaker, transition);
      letThrough(exchange, breaker);
      return null;
    }
    return this.#put(this.#sharing, breaker, transition.next).then((answer) => {
      const inForce = answer === null || answer.accepted ? transition.next : answer.inForce;
      if (inForce !== transition.next || breaker.state.epoch > inForce.epoch) {
        if (inForce.epoch > breaker.state.epoch) breaker.enter(inForce);
        // Another process' probe may have closed it meanwhile.
        return breaker.state.name === 'closed' ? this.admit(exchange, route) : isOpen(route, breaker.state, this.now());
      }
      breaker.enter(inForce);
      this.#tell(transition);
      letThrough(exchange, breaker);
      if (exchange.settled) this.release(exchange);
      return null;
    });
  }

  #judge(exchange: Exchange, outcome: CallOutcome, error: string): void {
    const { breaker, breakerEpoch, route } = exchange;
    if (breaker === null || route === null) return;
    exchange.breaker = null;
    // What an earlier epoch let through says nothing about this one.
    if (breaker.state.epoch !== breakerEpoch) return;
    const transition = breaker.judge(outcome, error, route.breaker.rules, this.now());
    if (transition !== null) this.#commit(breaker, transition);
    else if (breaker.unsent?.calls === 1) this.#sharing?.noteCounts(breaker);
  }

  /** The state holds here at once; where processes share, its event is told once they agree on it. */
  #commit(breaker: Breaker, transition: Transition): void {
    const { next } = transition;
    breaker.enter(next);
    if (this.#sharing === null) {
      this.#tell(transition);
      return;
    }
    void this.#put(this.#sharing, breaker, next).then((answer) => {
      if (answer === null || answer.accepted) this.#tell(transition);
      else if (answer.inForce.epoch > breaker.state.epoch || breaker.state === next) breaker.enter(answer.inForce);
    });
  }

  /** A state that another process' has overtaken must not be the ground for a probe beside that one's. */
  async #put(sharing: BreakerSharing, breaker: Breaker, next: BreakerState) {
    breaker.unanswered += 1;
    const answer = await sharing.put(breaker, next);
    breaker.unanswered -= 1;
    return answer;
  }

  #tell({ event }: Transition): void {
    if (event !== null) this.#journal.note(event);
  }
}

function letThrough(exchange: Exchange, breaker: Breaker): void {
  exchange.breaker = breaker;
  exchange.breakerEpoch = breaker.state.epoch;
}
