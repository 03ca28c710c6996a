import type { Exchange } from '../exchange.ts';
import type { SharedRedis } from '../redis.ts';
import type { Refusal } from '../relay-errors.ts';
import { type Limits, together } from './limit.ts';
import { LIMIT_SCRIPT } from './limit-script.ts';
import { LocalWindows } from './local-windows.ts';
import type { Month, Plans, Use } from './plans.ts';
import { type Reading, rateLimitField } from './readings.ts';
import { planLimitReached, rateLimited } from './refusals.ts';
import { shareOf } from './share.ts';

/**
 * So long after Redis came back each process still keeps to its own share too: what others let in while it was away
 * stands in no common window. A minute, and some seconds because not all notice the return at once.
 */
const CAUTION_MS = 65_000;

/** What a call is counted against. */
interface Demand {
  readonly exchange: Exchange;
  readonly organizationId: string;
  readonly limits: Limits | null;
  /** The plan's calls a month; null: no limit. */
  readonly monthly: number | null;
  readonly month: Month;
}

export interface LimiterParts {
  plans: Plans;
  /** null: this process is the only one. */
  redis: SharedRedis | null;
  /** The live relay processes, sorted, as the last heartbeats tell. */
  processIds: () => readonly string[];
  ownId: string;
}

/**
 * Decides whether a call is within the limits of its agent, its agent key and its organization's plan; a refused call
 * consumes nothing of any. Invariant 10: without Redis each process lets in its share of each quota and counts all its
 * own calls against it, also those from before the loss: at most the limit in every window that begins after the loss,
 * at most twice the limit in one that spans it.
 */
export class Limiter {
  readonly #windows = new LocalWindows();
  readonly #parts: LimiterParts;

  constructor(parts: LimiterParts) {
    this.#parts = parts;
  }

  /** Gives a promise only when Redis is asked. Sets the exchange's rate-limit fields. */
  admit(exchange: Exchange): Refusal | null | Promise<Refusal | null> {
    const { route, agentKey } = exchange;
    if (route === null || agentKey === null) throw new Error('limits stand before findAgent in the pipeline');
    const { plans, redis } = this.#parts;
    const limits = together(route.limits, agentKey.limits);
    const monthly = plans.limitOf(route.organizationId);
    if (limits === null && monthly === null) return null;
    const month = plans.month(exchange.startedAt);
    const demand = { exchange, organizationId: route.organizationId, limits, monthly, month };
    return redis?.isAnswering ? this.#admitWithOthers(demand, redis) : this.#admitAlone(demand);
  }

  /** Windows in use. */
  get size(): number {
    return this.#windows.size;
  }

  stop(): void {
    this.#windows.stop();
  }

  #admitAlone(demand: Demand): Refusal | null {
    const now = performance.now();
    const admitted = this.#hasRoom(demand, now);
    if (admitted) this.#count(demand, now);
    return settle(demand, admitted, this.#used(demand), this.#readings(demand, now));
  }

  async #admitWithOthers(demand: Demand, redis: SharedRedis): Promise<Refusal | null> {
    const isCautious = () => performance.now() - redis.answersSince < CAUTION_MS;
    if (isCautious() && !this.#hasRoom(demand, performance.now())) return this.#admitAlone(demand);
    const { plans } = this.#parts;
    const known = plans.use(demand.organizationId, demand.month.name);
    const reply = await askRedis(demand, redis, known);
    if (reply === null) return this.#admitAlone(demand);
    if (demand.monthly !== null) plans.learn(demand.organizationId, { ...known, calls: reply.monthUsed });
    if (reply.admitted) {
      // Other calls may have taken the share's last place meanwhile.
      if (isCautious() && !this.#hasRoom(demand, performance.now())) return this.#admitAlone(demand);
      this.#countWindows(demand, performance.now());
    }
    return settle(demand, reply.admitted, reply.monthUsed, reply.readings);
  }

  #hasRoom(demand: Demand, now: number): boolean {
    if (demand.monthly !== null && this.#used(demand) >= demand.monthly) return false;
    for (const limit of demand.limits?.list ?? []) {
      if (this.#windows.of(limit).used(now) >= this.#share(limit)) return false;
    }
    return true;
  }

  #count(demand: Demand, now: number): void {
    if (demand.monthly !== null) this.#parts.plans.count(demand.organizationId, demand.month.name);
    this.#countWindows(demand, now);
  }

  #countWindows({ limits }: Demand, now: number): void {
    for (const limit of limits?.list ?? []) this.#windows.of(limit).add(now);
  }

  #used({ monthly, organizationId, month }: Demand): number {
    return monthly === null ? 0 : this.#parts.plans.use(organizationId, month.name).calls;
  }

  #readings({ limits }: Demand, now: number): Reading[] {
    return (limits?.list ?? []).map((limit) => {
      const window = this.#windows.of(limit);
      const taken = window.used(now);
      // Seen from outside, what other processes may use of the quota is used.
      const used = taken + limit.quota - this.#share(limit);
      return { used, freeInMs: window.untilLeft(Math.max(1, used - limit.quota + 1), now) };
    });
  }

  #share({ quota, turn }: { quota: number; turn: number }): number {
    const { redis, processIds, ownId } = this.#parts;
    return redis === null ? quota : shareOf(quota, turn, processIds(), ownId);
  }
}

/** Tells the caller how its limits stand, and turns a decision into the pipeline's words. */
function settle(demand: Demand, admitted: boolean, monthUsed: number, readings: readonly Reading[]): Refusal | null {
  const { exchange, limits, monthly, month } = demand;
  if (limits !== null) exchange.rateLimitFields = [rateLimitField(limits, readings), limits.policyField];
  if (admitted) return null;
  if (monthly !== null && monthUsed >= monthly) return planLimitReached(monthly, month, exchange.startedAt);
  return rateLimited(limits?.list ?? [], readings);
}

interface Reply {
  admitted: boolean;
  monthUsed: number;
  readings: Reading[];
}

/**
 * @param known of the month's use: each time that its count was corrected downwards, Redis counts on from the corrected one
 * @returns null when Redis does not answer in time
 */
async function askRedis(demand: Demand, redis: SharedRedis, known: Use): Promise<Reply | null> {
  const { organizationId, limits, monthly, month } = demand;
  const list = limits?.list ?? [];
  // One organization's keys are in one slot of a Redis cluster, since one script works on several.
  const keys = list.map(({ windowId }) => `agentgateway:{${organizationId}}:limit:${windowId}`);
  const args = list.flatMap(({ quota, span }) => [quota, span.holdMs, span.slotMs]);
  if (monthly !== null) {
    keys.push(`agentgateway:{${organizationId}}:month:${month.name}:${known.corrections}`);
    args.push(monthly, known.calls);
  }
  const reply = (await redis.run(LIMIT_SCRIPT, keys, args)) as number[] | undefined;
  if (reply === undefined) return null;
  const [admitted, monthUsed = 0, ...numbers] = reply;
  const readings = list.map((_, index) => ({
    used: numbers[index * 2] ?? 0,
    freeInMs: numbers[index * 2 + 1] ?? 0,
  }));
  return { admitted: admitted === 1, monthUsed, readings };
}
