import type { Exchange } from './exchange.ts';
import type { Refusal } from './relay-errors.ts';
import type { Snapshot } from './snapshot/snapshot.ts';

/** How long calls of a deleted agent may go on; then open streams are cut. */
export const DRAIN_SECONDS = 60;

const SWEEP_MS = 100;

const BODY_STALLED: Refusal = {
  code: 'malformed_request',
  detail: 'The request’s body stopped arriving. Send it without long pauses, or raise the agent’s idle timeout.',
};
const DELETED: Refusal = {
  code: 'agent_not_found',
  detail: 'The agent was deleted while this call was under way. Restore it with restore_agent within 7 days.',
};

/**
 * The calls under way. One sweep keeps the deadlines of all of them: a timer for each call would cost more than all
 * other bookkeeping, and a tenth of a second is fine enough.
 *
 * They stand in a list in which each knows its place. A Set would do but for the collector: each table that a Set outgrows
 * points to the next one, so that one dead table in V8's old space keeps all later ones alive, with all calls that they held.
 */
export class InFlight {
  readonly #exchanges: Exchange[] = [];
  readonly #snapshot: Snapshot;
  readonly #sweep: NodeJS.Timeout;

  /** @param onExpired ends the call with the reason */
  constructor(snapshot: Snapshot, onExpired: (exchange: Exchange, reason: Refusal) => void) {
    this.#snapshot = snapshot;
    this.#sweep = setInterval(() => {
      const now = Date.now();
      for (const exchange of this) {
        const reason = this.#expiry(exchange, now);
        if (reason === null) continue;
        // A caller that does not read is no fault of the upstream.
        if (exchange.settled || exchange.response.writableNeedDrain) exchange.response.destroy();
        else onExpired(exchange, reason);
      }
    }, SWEEP_MS);
    this.#sweep.unref();
  }

  get size(): number {
    return this.#exchanges.length;
  }

  add(exchange: Exchange): void {
    if (exchange.inFlightPlace !== null) return;
    exchange.inFlightPlace = this.#exchanges.push(exchange) - 1;
  }

  /** The last one takes the place that gets free. */
  delete(exchange: Exchange): void {
    const place = exchange.inFlightPlace;
    if (place === null) return;
    exchange.inFlightPlace = null;
    const last = this.#exchanges.pop() as Exchange;
    if (last === exchange) return;
    this.#exchanges[place] = last;
    last.inFlightPlace = place;
  }

  /** Those that are there at the beginning. */
  [Symbol.iterator](): IterableIterator<Exchange> {
    return [...this.#exchanges].values();
  }

  /** Calls under way to agents that refuse new ones, by agent ID: a deletion's drain watches them. */
  ofRefusingAgents(): Record<string, number> {
    const counts: Record<string, number> = {};
    for (const { route } of this.#exchanges) {
      if (route === null) continue;
      const present = this.#snapshot.routeOf(route.agentId);
      if (present !== undefined && present.deletedAt === null && present.refusal?.code !== 'agent_disabled') continue;
      counts[route.agentId] = (counts[route.agentId] ?? 0) + 1;
    }
    return counts;
  }

  stop(): void {
    clearInterval(this.#sweep);
  }

  #expiry(exchange: Exchange, now: number): Refusal | null {
    const { route } = exchange;
    if (route === null) return null;
    const deletedAt = this.#snapshot.routeOf(route.agentId)?.deletedAt ?? null;
    if (deletedAt !== null && now > deletedAt + DRAIN_SECONDS * 1_000) return DELETED;
    if (!exchange.endless && now > exchange.startedAt + route.totalTimeoutMs) return timeout('The whole call', 'total');
    const quietMs = now - exchange.lastActivityAt;
    switch (exchange.phase) {
      case 'connecting':
        return quietMs > route.connectTimeoutMs ? timeout('Accepting a connection', 'connect') : null;
      case 'sending':
        if (quietMs <= route.idleTimeoutMs) return null;
        return exchange.request.isPaused() ? timeout('Taking the request’s body', 'idle') : BODY_STALLED;
      case 'waiting':
        return quietMs > route.firstByteTimeoutMs ? timeout('The beginning of the answer', 'first byte') : null;
      case 'streaming':
        return quietMs > route.idleTimeoutMs ? timeout('The next part of the answer', 'idle') : null;
    }
  }
}

function timeout(what: string, setting: string): Refusal {
  return {
    code: 'upstream_timeout',
    detail: `${what} took the upstream too long. Try again, or raise the agent’s ${setting} timeout with update_agent.`,
  };
}
