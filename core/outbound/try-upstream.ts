import { Agent, errors } from 'undici';
import { type Dialer, UpstreamForbiddenError } from './dialer.ts';
import { failureCode, failureInWords } from './failure-words.ts';
import type { UpstreamUrl } from './upstream-url.ts';

/** What is done one after the other to call an upstream. */
export const UPSTREAM_STEPS = ['resolve', 'connect', 'tls', 'http'] as const;
export type UpstreamStep = (typeof UPSTREAM_STEPS)[number];

/** How an upstream answered, or which step failed; `why` and `reason` may be shown to people. */
export type UpstreamTrial =
  | { outcome: 'answered'; status: number; latencyMs: number }
  | { outcome: 'failed'; step: UpstreamStep; why: string }
  | { outcome: 'forbidden'; reason: string };

const CONNECT_TIMEOUT_MS = 5_000;
/** From the name's resolution to the answer's headers. */
const TIMEOUT_MS = 10_000;

const OF_LOOKUP = /^(ENOTFOUND|ENODATA|EAI_\w+)$/;
const OF_TLS = /^(EPROTO|ECONNRESET|(ERR_TLS|ERR_SSL|CERT|UNABLE_TO)_.*|.*SELF_SIGNED.*)$/;
/** What TLS stumbles over where another protocol is spoken. */
const NO_TLS = /^(EPROTO|ERR_SSL_.*)$/;

/**
 * Calls an upstream's base URL once, with no credential, through the network guard (invariant 2). Redirects are not
 * followed, and of an answer only the status is read: what an upstream writes goes nowhere.
 */
export async function tryUpstream(dialer: Dialer, url: UpstreamUrl, gone: AbortSignal): Promise<UpstreamTrial> {
  const connect = dialer(CONNECT_TIMEOUT_MS);
  let isConnected = false;
  const agent = new Agent({
    connect: (target, callback) =>
      connect(target, (...outcome) => {
        isConnected = outcome[0] === null;
        callback(...outcome);
      }),
  });
  const began = performance.now();
  try {
    const { statusCode, body } = await agent.request({
      origin: url.origin,
      path: url.basePath === '' ? '/' : url.basePath,
      method: 'GET',
      headers: { 'user-agent': 'AgentGateway', accept: '*/*' },
      signal: AbortSignal.any([gone, AbortSignal.timeout(TIMEOUT_MS)]),
    });
    const latencyMs = Math.round(performance.now() - began);
    body.on('error', () => {}).destroy();
    return { outcome: 'answered', status: statusCode, latencyMs };
  } catch (error) {
    return failureOf(error as Error, url, isConnected);
  } finally {
    await agent.destroy();
  }
}

function failureOf(error: Error, { scheme }: UpstreamUrl, isConnected: boolean): UpstreamTrial {
  if (error instanceof UpstreamForbiddenError) return { outcome: 'forbidden', reason: error.message };
  const code = failureCode(error);
  const failed = (step: UpstreamStep, why = failureInWords(error)): UpstreamTrial => ({ outcome: 'failed', step, why });
  if (error.name === 'TimeoutError') {
    const why = `it did not answer within ${TIMEOUT_MS / 1_000} s; check that the base URL answers a GET`;
    return failed(isConnected ? 'http' : 'connect', why);
  }
  if (isConnected) return failed('http');
  if (OF_LOOKUP.test(code)) return failed('resolve');
  if (error instanceof errors.ConnectTimeoutError || code === 'ETIMEDOUT') {
    return failed('connect', 'it accepted no connection in time; check host, port and its firewall');
  }
  if (scheme === 'http' || !OF_TLS.test(code)) return failed('connect');
  return NO_TLS.test(code) ? failed('tls', 'it speaks no TLS there; check scheme and port') : failed('tls');
}
