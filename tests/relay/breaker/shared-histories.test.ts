import assert from 'node:assert/strict';
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { BreakerState } from '../../../core/domain/circuit-breaker.ts';
import { breakerRules, DEFAULT_BREAKER_SETTINGS } from '../../../core/domain/circuit-breaker-settings.ts';
import type { Breaker } from '../../../relay/breaker/breaker.ts';
import { type BreakerSharing, Breakers } from '../../../relay/breaker/breakers.ts';
import type { Exchange } from '../../../relay/exchange.ts';
import { type Route, Snapshot } from '../../../relay/snapshot/snapshot.ts';

const PROCESSES = 3;
const RULES = breakerRules({
  ...DEFAULT_BREAKER_SETTINGS,
  window_seconds: 10,
  minimum_calls: 3,
  cool_down_seconds: 1,
  longest_cool_down_seconds: 4,
});
const LEASE_MS = 1_000 + 2_000 + 5_000;
const ROUTE = {
  agentId: 'agent',
  name: 'agent',
  breaker: { rules: RULES, override: null, resetAt: 0 },
  connectTimeoutMs: 1_000,
  firstByteTimeoutMs: 2_000,
} as unknown as Route;

type Answer = { accepted: boolean; inForce: BreakerState };

/** Redis as the processes see it: one puts at a time, and answers come late, in any order. */
class SlowShare {
  inForce: BreakerState | null = null;
  readonly #late: (() => void)[] = [];

  put(next: BreakerState): Promise<Answer> {
    const accepted = this.inForce === null || next.epoch > this.inForce.epoch;
    if (accepted) this.inForce = next;
    const answer = { accepted, inForce: this.inForce ?? next };
    return new Promise((resolve) => this.#late.push(() => resolve(answer)));
  }

  async deliver(pick: number): Promise<void> {
    this.#late.splice(pick % Math.max(this.#late.length, 1), 1)[0]?.();
    await new Promise(setImmediate);
  }

  async deliverAll(): Promise<void> {
    while (this.#late.length > 0) await this.deliver(0);
  }
}

interface Call {
  exchange: Exchange;
  process: number;
  leaseUntil: number;
}

class SharedHistory {
  now = 1_800_000_000_000;
  probes = 0;
  readonly #share = new SlowShare();
  readonly #processes: Breakers[] = Array.from({ length: PROCESSES }, () => this.#newProcess());
  #under: Call[] = [];
  #names = 0;
  /** Calls are let through behind the steps' backs: what they find is told at the end. */
  #isDoubled = false;

  async play(step: Step): Promise<void> {
    const process = step.process % PROCESSES;
    const call = this.#under.filter((each) => each.process === process)[0];
    if (step.kind === 'pass') this.now += step.ms;
    else if (step.kind === 'deliver') await this.#share.deliver(step.ms);
    else if (step.kind === 'sync') this.#sync(process);
    else if (step.kind === 'call') void this.call(process);
    else if (step.kind === 'die') this.#die(process);
    else if (call !== undefined) this.#end(call, step.kind);
  }

  async call(process: number): Promise<Call | null> {
    this.#names += 1;
    const fields = { id: `call-${this.#names}`, route: ROUTE, breaker: null, breakerEpoch: 0, settled: false };
    const exchange = fields as unknown as Exchange;
    const breakers = this.#processes[process];
    const refusal = await breakers?.admit(exchange, ROUTE);
    // A process that died meanwhile carries nothing any more.
    if (refusal !== null || this.#processes[process] !== breakers) return null;
    const { state } = exchange.breaker as Breaker;
    const isProbe = state.name === 'half_open' && state.epoch === exchange.breakerEpoch;
    const call = { exchange, process, leaseUntil: isProbe ? (state.probe?.expiresAt ?? 0) : 0 };
    this.#under.push(call);
    if (isProbe) this.#checkProbes();
    return call;
  }

  async expectWayBack(): Promise<void> {
    await this.#share.deliverAll();
    this.#under = [];
    await this.#expectAnswerAfter(RULES.longestCoolDownMs + LEASE_MS);
    await this.#expectAnswerAfter(RULES.longestCoolDownMs + RULES.windowMs);
    const calls = await Promise.all(this.#processes.map((_, process) => this.call(process)));
    assert.ok(!calls.includes(null), 'calls pass again everywhere');
    assert.ok(!this.#isDoubled, 'never two probes at once');
  }

  async #expectAnswerAfter(ms: number): Promise<void> {
    this.now += ms;
    for (let process = 0; process < PROCESSES; process += 1) this.#sync(process);
    const asked = this.call(0);
    await this.#share.deliverAll();
    const call = await asked;
    assert.ok(call, 'the upstream is tried');
    this.#end(call, 'works');
    await this.#share.deliverAll();
    for (let process = 0; process < PROCESSES; process += 1) this.#sync(process);
  }

  #checkProbes(): void {
    this.probes += 1;
    const alive = this.#under.filter(({ leaseUntil }) => this.now < leaseUntil);
    if (alive.length > 1) this.#isDoubled = true;
  }

  #end(call: Call, kind: 'works' | 'fails' | 'leaves'): void {
    this.#under = this.#under.filter((other) => other !== call);
    const breakers = this.#processes[call.process];
    if (kind === 'leaves') breakers?.release(call.exchange);
    else breakers?.judgeAnswer(call.exchange, kind === 'works' ? 200 : 500);
  }

  #sync(process: number): void {
    if (this.#share.inForce !== null) this.#processes[process]?.adopt('agent', this.#share.inForce);
  }

  #die(process: number): void {
    this.#processes[process] = this.#newProcess();
    this.#under = this.#under.filter((call) => call.process !== process);
    this.#sync(process);
  }

  #newProcess(): Breakers {
    const breakers = new Breakers({
      snapshot: new Snapshot(),
      journal: { note: () => {} },
      clock: () => this.now,
    });
    const sharing: BreakerSharing = { put: (_, next) => this.#share.put(next), noteCounts: () => {} };
    breakers.shareBy(sharing);
    return breakers;
  }
}

const step = fc.record({
  kind: fc.constantFrom(
    ...([
      'call',
      'call',
      'call',
      'fails',
      'fails',
      'works',
      'leaves',
      'deliver',
      'deliver',
      'sync',
      'pass',
      'die',
    ] as const),
  ),
  process: fc.nat({ max: PROCESSES - 1 }),
  ms: fc.nat({ max: 3_000 }),
});
type Step = typeof step extends fc.Arbitrary<infer Value> ? Value : never;

test('three processes, answers late and in any order: never two probes at once, never stuck', async () => {
  let probes = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 20, maxLength: 80, size: 'max' }), async (steps) => {
      const history = new SharedHistory();
      for (const each of steps) await history.play(each);
      await history.expectWayBack();
      probes += history.probes;
    }),
    { numRuns: 5_000 },
  );
  // Histories that never come to a probe would prove nothing.
  expect(probes).toBeGreaterThan(1_000);
});

test('a process that has not heard whether its word holds sends no probe beside another’s', async () => {
  const history = new SharedHistory();
  const play = async (kind: Step['kind'], process: number, ms = 0) => {
    await history.play({ kind, process, ms });
    await new Promise(setImmediate);
  };
  for (let calls = 0; calls < RULES.minimumCalls; calls += 1) await play('call', 1);
  for (let calls = 0; calls < RULES.minimumCalls; calls += 1) await play('fails', 1);
  // The first process gets the lease.
  await play('sync', 0);
  await play('pass', 0, RULES.coolDownMs);
  await play('call', 0);
  for (let answers = 0; answers < 2; answers += 1) await play('deliver', 0);
  // When it is over the second one gets it, and the first one's failure comes too late to hold.
  await play('sync', 1);
  await play('pass', 0, LEASE_MS);
  await play('call', 1);
  await play('fails', 0);
  await play('pass', 0, 2 * RULES.coolDownMs);
  await play('call', 0);
  await history.expectWayBack();
  expect(history.probes).toBeGreaterThan(1);
});
