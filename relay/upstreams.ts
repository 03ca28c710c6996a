import { Agent, type Dispatcher } from 'undici';
import type { Dialer } from '../core/outbound/dialer.ts';

const LARGEST_ANSWER_HEADERS_BYTES = 65_536;
/** To one upstream, for each connect timeout. Calls beyond wait as long as they would for a connection. */
const MOST_CONNECTIONS = 4_096;

/**
 * How long an idle connection is kept: always shorter than the upstream keeps it, or a call would go out on one that
 * is being closed. Common servers that do not say close after 5 s and more; of those that do (`Keep-Alive: timeout=n`),
 * two seconds are taken off.
 */
const KEEP_ALIVE = { keepAliveTimeout: 4_000, keepAliveMaxTimeout: 60_000, keepAliveTimeoutThreshold: 2_000 };

/**
 * Connections to upstreams: one undici agent for every connect timeout in use, in whole seconds, so that settings
 * cannot make more than a minute's worth of them; the exact one is kept by in-flight.ts. An agent has a pool for each
 * origin and drops it with its last connection.
 */
export class Upstreams {
  readonly #dialer: Dialer;
  readonly #agents = new Map<number, Agent>();

  constructor(dialer: Dialer) {
    this.#dialer = dialer;
  }

  get(connectTimeoutMs: number): Dispatcher {
    const seconds = Math.ceil(connectTimeoutMs / 1_000);
    let agent = this.#agents.get(seconds);
    if (!agent) {
      agent = new Agent({
        connect: this.#dialer(seconds * 1_000),
        connections: MOST_CONNECTIONS,
        pipelining: 1,
        allowH2: false,
        maxHeaderSize: LARGEST_ANSWER_HEADERS_BYTES,
        ...KEEP_ALIVE,
      });
      this.#agents.set(seconds, agent);
    }
    return agent;
  }

  /** Ends all connections, also those in use. */
  async destroy(): Promise<void> {
    await Promise.all([...this.#agents.values()].map((agent) => agent.destroy()));
  }
}
