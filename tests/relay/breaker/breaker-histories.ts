import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { BreakerRules } from '../../../core/domain/circuit-breaker-settings.ts';
import { breakerRules } from '../../../core/domain/circuit-breaker-settings.ts';
import type { BreakerEvent } from '../../../relay/breaker/breaker.ts';
import { Breakers } from '../../../relay/breaker/breakers.ts';
import type { Exchange } from '../../../relay/exchange.ts';
import { type Route, Snapshot } from '../../../relay/snapshot/snapshot.ts';

/** What can happen to an agent's breaker; `pick` chooses one of the calls under way. */
export type Step =
  | { kind: 'pass'; ms: number }
  | { kind: 'calls'; count: number }
  | { kind: 'answers'; count: number; status: number }
  | { kind: 'fails'; pick: number }
  | { kind: 'leaves'; pick: number }
  | { kind: 'lost'; pick: number }
  | { kind: 'reset' }
  | { kind: 'override'; state: 'open' | 'closed'; ms: number };

const pick = fc.nat({ max: 9 });

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('pass' as const), ms: fc.nat({ max: 2_000 }) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('pass' as const), ms: fc.nat({ max: 60_000 }) }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('calls' as const), count: fc.integer({ min: 1, max: 5 }) }) },
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('answers' as const),
      count: fc.integer({ min: 1, max: 5 }),
      status: fc.constantFrom(200, 404, 500, 503),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('fails' as const), pick }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('leaves' as const), pick }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('lost' as const), pick }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('reset' as const) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('override' as const),
      state: fc.constantFrom('open' as const, 'closed' as const),
      ms: fc.nat({ max: 5_000 }),
    }),
  },
);

const rules: fc.Arbitrary<BreakerRules> = fc
  .record({
    failure_statuses: fc.constantFrom(['5xx'], ['500'], ['5xx', '404']),
    failure_rate: fc.constantFrom(0.1, 0.5, 1),
    window_seconds: fc.constantFrom(1, 10, 30),
    minimum_calls: fc.integer({ min: 1, max: 8 }),
    cool_down_seconds: fc.constantFrom(0.1, 1, 5),
    longest_cool_down_seconds: fc.constantFrom(1, 20),
  })
  .map(breakerRules);

const LEASE_MS = 1_000 + 2_000 + 5_000;
const AGENT = 'agent';
const BEGIN = 1_800_000_000_000;

interface OpenCall {
  exchange: Exchange;
  /** Set for a probe: when its lease ends. */
  leaseUntil: number | null;
}

/** Plays a history on real breakers and keeps its own account, by which every decision is checked. */
export class BreakerHistory {
  now = BEGIN;
  readonly #rules: BreakerRules;
  readonly #snapshot = new Snapshot();
  readonly #breakers: Breakers;
  #override: Route['breaker']['override'] = null;
  #resetAt = 0;
  #resetTaken = 0;
  #open: OpenCall[] = [];
  #probes: OpenCall[] = [];
  #names = 0;
  #state: BreakerEvent['state'] | null = null;
  #told: BreakerEvent | null = null;
  /** Calls judged since the breaker closed last. */
  #judged: { time: number; failed: boolean }[] = [];
  #errors: string[] = [];

  constructor(given: BreakerRules) {
    this.#rules = given;
    const note = (event: BreakerEvent) => {
      this.#told = event;
      this.#state = event.state;
    };
    this.#breakers = new Breakers({ snapshot: this.#snapshot, journal: { note }, clock: () => this.now });
  }

  play(step: Step): void {
    if (step.kind === 'pass') this.now += step.ms;
    else if (step.kind === 'calls') for (let i = 0; i < step.count; i += 1) this.call();
    else if (step.kind === 'answers') this.#callAndAnswer(step.count, step.status);
    else if (step.kind === 'reset') this.#resetAt = this.now += 1;
    else if (step.kind === 'override') this.#override = { state: step.state, until: this.now + step.ms };
    else this.#endOne(step.kind, step.pick);
  }

  /** Whatever happened: an upstream that is well again is found so, within the longest cool-down and a lease. */
  expectWayBack(): void {
    this.#open = [];
    this.#override = null;
    this.#expectAnswerAfter(this.#rules.longestCoolDownMs + LEASE_MS);
    // Old failures that are still in the window may have opened it again: once more, with an empty one.
    this.#expectAnswerAfter(this.#rules.longestCoolDownMs + this.#rules.windowMs);
    assert.ok(![this.call(), this.call()].includes(null), 'calls pass again');
  }

  #expectAnswerAfter(ms: number): void {
    this.now += ms;
    const call = this.call();
    assert.ok(call, 'the upstream is tried');
    this.#answer(call, 200);
  }

  /** A call comes; null when it is refused. */
  call(): OpenCall | null {
    const route = this.#route();
    this.#names += 1;
    const exchange = { id: `call-${this.#names}`, route, breaker: null, breakerEpoch: 0, settled: false };
    const call = { exchange: exchange as unknown as Exchange, leaseUntil: null } as OpenCall;
    this.#told = null;
    const isHeld = this.#override !== null && this.now < this.#override.until;
    if (!isHeld) this.#takeReset();
    const refusal = this.#breakers.admit(call.exchange, route);
    if (isHeld) assert.equal(refusal === null, this.#override?.state === 'closed');
    else this.#checkAdmission(call, refusal === null);
    if (refusal !== null) return null;
    this.#open.push(call);
    return call;
  }

  #checkAdmission(call: OpenCall, isIn: boolean): void {
    const before = this.#state;
    if (before === null || before.name === 'closed') {
      assert.ok(isIn, 'a closed breaker lets through');
      return;
    }
    if (before.name === 'open' && this.#told === null) {
      assert.ok(!isIn && this.now < before.until, 'an open one refuses until its cool-down is over');
      return;
    }
    // Half open: one probe at a time, and none is missing when nothing stands in its way.
    const alive = this.#probes.filter(({ leaseUntil }) => this.now < (leaseUntil ?? 0));
    assert.equal(isIn, alive.length === 0, 'one probe at a time');
    if (!isIn) return;
    call.leaseUntil = this.now + LEASE_MS;
    this.#probes = [call];
  }

  #callAndAnswer(count: number, status: number): void {
    for (let i = 0; i < count; i += 1) {
      const call = this.call();
      if (call !== null) this.#answer(call, status);
    }
  }

  #answer(call: OpenCall, status: number): void {
    const failed = this.#fails(status);
    this.#judge(call, failed, String(status), () => this.#breakers.judgeAnswer(call.exchange, status));
  }

  #endOne(kind: 'fails' | 'leaves' | 'lost', picked: number): void {
    const call = this.#open[picked % Math.max(this.#open.length, 1)];
    if (call === undefined) return;
    if (kind === 'lost') this.#open = this.#open.filter((other) => other !== call);
    else if (kind === 'fails') {
      this.#judge(call, true, 'upstream_timeout', () => this.#breakers.judgeRefusal(call.exchange, 'upstream_timeout'));
    } else {
      this.#judge(call, null, '', () => this.#breakers.release(call.exchange));
    }
  }

  #judge(call: OpenCall, failed: boolean | null, error: string, judge: () => void): void {
    const { breaker, breakerEpoch } = call.exchange;
    const counts = breaker !== null && breaker.state.epoch === breakerEpoch;
    const wasProbe = counts && breaker.state.name === 'half_open';
    this.#open = this.#open.filter((other) => other !== call);
    this.#told = null;
    judge();
    if (!counts) {
      assert.equal(this.#told, null, 'a call of an earlier epoch counts as nothing');
      return;
    }
    if (failed) this.#errors = [...this.#errors, error].slice(-5);
    if (wasProbe) this.#checkProbe(failed);
    else if (failed !== null) this.#checkWindow(failed);
    if (this.#told !== null) this.#checkErrors();
  }

  #checkProbe(failed: boolean | null): void {
    this.#probes = [];
    const told = this.#told as BreakerEvent | null;
    assert.equal(told?.why, failed === null ? undefined : failed ? 'probe_failed' : 'probe_succeeded');
  }

  /** The window by other means: from the list of all calls. */
  #checkWindow(failed: boolean): void {
    this.#judged.push({ time: this.now, failed });
    const slot = (time: number) => Math.floor(time / (this.#rules.windowMs / 10));
    const held = this.#judged.filter(({ time }) => slot(time) > slot(this.now) - 10);
    const failures = held.filter((call) => call.failed).length;
    const isTooMany = held.length >= this.#rules.minimumCalls && failures / held.length >= this.#rules.failureRate;
    const told = this.#told as BreakerEvent | null;
    assert.equal(told?.why, isTooMany ? 'too_many_failures' : undefined);
    if (told === null) return;
    const window_seconds = this.#rules.windowMs / 1_000;
    const { last_errors: _errors, ...counts } = told.evidence;
    assert.deepEqual(counts, { calls: held.length, failures, window_seconds });
  }

  #checkErrors(): void {
    const told = this.#told as BreakerEvent | null;
    assert.deepEqual(
      told?.evidence.last_errors?.map(({ error }) => error),
      this.#errors,
    );
    if (told?.state.name === 'closed') this.#forget();
    else this.#judged = [];
  }

  /** The breaker learns of a reset with the next call that it decides on. */
  #takeReset(): void {
    if (this.#resetAt === this.#resetTaken) return;
    this.#resetTaken = this.#resetAt;
    this.#state = null;
    this.#forget();
  }

  #forget(): void {
    this.#judged = [];
    this.#errors = [];
    this.#probes = [];
  }

  #fails(status: number): boolean {
    return (
      this.#rules.failureStatuses.includes(status) || ((this.#rules.failureClasses >> Math.trunc(status / 100)) & 1) > 0
    );
  }

  #route(): Route {
    const breaker = { rules: this.#rules, override: this.#override, resetAt: this.#resetAt };
    const timeouts = { connectTimeoutMs: 1_000, firstByteTimeoutMs: 2_000 };
    return { agentId: AGENT, name: AGENT, breaker, ...timeouts } as unknown as Route;
  }
}

/** Random histories of one agent's breaker: every decision is checked, and none ends in a state without a way back. */
export function checkHistories(numRuns: number): void {
  fc.assert(
    fc.property(rules, fc.array(step, { maxLength: 60, size: 'max' }), (given, steps) => {
      const history = new BreakerHistory(given);
      for (const each of steps) history.play(each);
      history.expectWayBack();
    }),
    { numRuns },
  );
}
