import { Agent, type Dispatcher, fetch } from 'undici';
import { type Dialer, UpstreamForbiddenError } from './dialer.ts';

const CONNECT_TIMEOUT_MS = 10_000;

/** An undici dispatcher that reaches only what the dialer's guard lets through. */
export function createOutboundAgent(dialer: Dialer): Dispatcher {
  return new Agent({ connect: dialer(CONNECT_TIMEOUT_MS), pipelining: 1 });
}

/**
 * `fetch` through the guard: every redirect is a new connection, or one to an origin that was checked (invariant 2).
 * @throws UpstreamForbiddenError when the guard refuses; else what fetch throws
 */
export function guardedFetch(agent: Dispatcher): typeof fetch {
  return async (input, init) => {
    try {
      return await fetch(input, { ...init, dispatcher: agent });
    } catch (error) {
      if (error instanceof Error && error.cause instanceof UpstreamForbiddenError) throw error.cause;
      throw error;
    }
  };
}
