import { Agent, type Dispatcher } from 'undici';
import type { Dialer } from '../core/outbound/dialer.ts';

const LARGEST_ANSWER_HEADERS_BYTES = 65_536;

/** Connections to upstreams: one undici agent (a pool for each origin) for every connect timeout in use. */
export class Upstreams {
  readonly #dialer: Dialer;
  readonly #agents = new Map<number, Agent>();

  constructor(dialer: Dialer) {
    this.#dialer = dialer;
  }

  get(connectTimeoutMs: number): Dispatcher {
    let agent = this.#agents.get(connectTimeoutMs);
    if (!agent) {
      agent = new Agent({
        connect: this.#dialer(connectTimeoutMs),
        pipelining: 1,
        allowH2: false,
        maxHeaderSize: LARGEST_ANSWER_HEADERS_BYTES,
      });
      this.#agents.set(connectTimeoutMs, agent);
    }
    return agent;
  }

  /** Ends all connections, also those in use. */
  async destroy(): Promise<void> {
    await Promise.all([...this.#agents.values()].map((agent) => agent.destroy()));
  }
}
