import type { BreakerState } from '../../core/domain/circuit-breaker.ts';
import { CallWindow, WINDOW_SLOTS } from '../../core/domain/circuit-breaker-window.ts';
import type { SharedRedis } from '../redis.ts';
import type { Breaker } from './breaker.ts';
import type { BreakerSharing, Breakers } from './breakers.ts';
import { CHANGES_SCRIPT, COUNT_SCRIPT, countKeys, MOST_STATES, PUT_SCRIPT, STATE_KEYS } from './share-scripts.ts';

/** How old the others' word may be: a state that one process enters holds in all of them this soon. */
const SYNC_MS = 250;
/** Breakers whose counts are on their way at the same time. */
const AT_ONCE = 50;
const CHANGES_AT_ONCE = 500;
/** Less is the way to Redis and back, not another clock. */
const CLOCK_TOLERANCE_MS = 50;

/**
 * Shares breakers between processes through Redis. States go there as they change, counts in batches; every process adds
 * up the same window, so that a failure rate shows that no single one would see. Invariant 10: when Redis is away each
 * process goes on with what it knows and its own counts, and tells its states when Redis is back; the highest epoch wins.
 */
export class BreakerShare implements BreakerSharing {
  readonly #redis: SharedRedis;
  readonly #breakers: Breakers;
  readonly #withCounts = new Set<Breaker>();
  /** Changed while Redis did not answer. */
  readonly #untold = new Set<Breaker>();
  #lastChange = 0;
  #timer: NodeJS.Timeout | undefined;
  #syncing: Promise<void> | null = null;

  constructor(redis: SharedRedis, breakers: Breakers) {
    this.#redis = redis;
    this.#breakers = breakers;
  }

  start(): void {
    this.#timer = setInterval(() => {
      this.#syncing ??= this.#sync().finally(() => {
        this.#syncing = null;
      });
    }, SYNC_MS);
    this.#timer.unref();
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.#syncing;
  }

  noteCounts(breaker: Breaker): void {
    this.#withCounts.add(breaker);
  }

  async put(breaker: Breaker, next: BreakerState): Promise<{ accepted: boolean; inForce: BreakerState } | null> {
    const json = JSON.stringify(next);
    const reply = await this.#redis.run(PUT_SCRIPT, STATE_KEYS, [breaker.agentId, next.epoch, json, MOST_STATES]);
    if (reply === json) return { accepted: true, inForce: next };
    const inForce = readState(reply);
    if (inForce !== null) return { accepted: false, inForce };
    this.#untold.add(breaker);
    return null;
  }

  async #sync(): Promise<void> {
    if (!this.#redis.isAnswering) return;
    while ((await this.#readChanges()) === CHANGES_AT_ONCE);
    const untold = [...this.#untold];
    this.#untold.clear();
    await inGroups(untold, (breaker) => this.#tell(breaker));
    const withCounts = [...this.#withCounts];
    this.#withCounts.clear();
    await inGroups(withCounts, (breaker) => this.#sendCounts(breaker));
  }

  /** @returns how many there were */
  async #readChanges(): Promise<number> {
    const askedAt = Date.now();
    const reply = await this.#redis.run(CHANGES_SCRIPT, STATE_KEYS, [this.#lastChange, CHANGES_AT_ONCE]);
    if (!Array.isArray(reply)) return 0;
    const [redisNow, lastChange, ...changed] = reply as [number, number, ...string[]];
    const offsetMs = redisNow - (askedAt + Date.now()) / 2;
    if (Math.abs(offsetMs - this.#breakers.clockOffsetMs) > CLOCK_TOLERANCE_MS) this.#breakers.clockOffsetMs = offsetMs;
    this.#lastChange = lastChange;
    for (let i = 0; i < changed.length; i += 2) {
      const state = readState(changed[i + 1]);
      if (state !== null) this.#breakers.adopt(changed[i] ?? '', state);
    }
    return changed.length / 2;
  }

  /** The others learn of a state that they missed, or this process of theirs. */
  async #tell(breaker: Breaker): Promise<void> {
    const answer = await this.put(breaker, breaker.state);
    if (answer !== null && !answer.accepted) this.#breakers.adopt(breaker.agentId, answer.inForce);
  }

  /**
   * Counts are sent at most once: where it is unknown whether they arrived they are left out, since a call counted twice
   * could open a breaker below its minimum.
   */
  async #sendCounts(breaker: Breaker): Promise<void> {
    const { unsent, state } = breaker;
    if (unsent === null || unsent.calls === 0) return;
    const { windowMs } = unsent;
    breaker.unsent = new CallWindow(windowMs);
    const oldestSlot = Math.floor(this.#breakers.now() / unsent.slotMs) - WINDOW_SLOTS + 1;
    const counts = unsent.slots().flatMap(({ slot, calls, failures }) => [slot, calls, failures]);
    const reply = await this.#redis.run(COUNT_SCRIPT, countKeys(breaker.agentId, state.epoch, windowMs), [
      breaker.agentId,
      Math.ceil(windowMs / 1_000) * 2,
      oldestSlot,
      ...counts,
    ]);
    if (!Array.isArray(reply) || breaker.state !== state || breaker.window.windowMs !== windowMs) return;
    const [inForce, ...slots] = reply as string[];
    const present = readState(inForce);
    if (present !== null && present.epoch > state.epoch) {
      breaker.enter(present);
      return;
    }
    // Redis lost its memory, or was away when this state began.
    if ((present?.epoch ?? 0) < state.epoch) this.#untold.add(breaker);
    breaker.takeCounts(slots.map(Number), this.#breakers.now());
    this.#breakers.tripIfFailing(breaker);
  }
}

const NAMES = new Set(['closed', 'open', 'half_open']);

/** null for what is no state of ours. */
function readState(reply: unknown): BreakerState | null {
  if (typeof reply !== 'string' || reply === '') return null;
  try {
    const state = JSON.parse(reply) as BreakerState;
    return Number.isSafeInteger(state.epoch) && NAMES.has(state.name) ? state : null;
  } catch {
    return null;
  }
}

async function inGroups(breakers: Breaker[], act: (breaker: Breaker) => Promise<void>): Promise<void> {
  for (let i = 0; i < breakers.length; i += AT_ONCE) await Promise.all(breakers.slice(i, i + AT_ONCE).map(act));
}
