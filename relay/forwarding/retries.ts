import type { Exchange } from '../exchange.ts';
import { fieldValue } from '../headers/response-headers.ts';

/** Methods that may be applied twice (RFC 9110 §9.2.2). */
const IDEMPOTENT = new Set(['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE']);

/** The upstream was not reached, or hung up before it answered: a second try may well succeed. */
const PASSING_FAILURES = new Set([
  'EAI_AGAIN',
  'ECONNREFUSED',
  'ECONNRESET',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EPIPE',
  'UND_ERR_SOCKET',
]);

const FIRST_BACK_OFF_MS = 50;
const LONGEST_RETRY_AFTER_SECONDS = 1;

/**
 * Whether the call may be sent anew: its method allows it, nothing of its body has left, and neither the agent's
 * setting nor its budget is used up. Taking a retry counts it.
 */
export function takeRetry(exchange: Exchange, isBodyWhole: boolean, now: number): boolean {
  const { route, request, upgradeHead } = exchange;
  if (route === null || exchange.settled || upgradeHead !== null || !isBodyWhole) return false;
  // A repeat with a credential's old version is in the count, but is no retry.
  const retries = exchange.retryCount - Number(exchange.trial?.isRepeated ?? false);
  if (retries >= route.retries || !IDEMPOTENT.has(request.method ?? '')) return false;
  if (!route.retryBudget.take(now)) return false;
  exchange.retryCount += 1;
  return true;
}

/** @param code of the error that ended the sending */
export function isPassingFailure(code: string): boolean {
  return PASSING_FAILURES.has(code);
}

/** Jittered, so that calls that failed together do not come back together. */
export function backOffMs(retryCount: number): number {
  return FIRST_BACK_OFF_MS * 2 ** (retryCount - 1) * (0.5 + Math.random());
}

/**
 * A `503` with `Retry-After` of at most a second is the upstream's own invitation to come again (RFC 9110 §10.2.3).
 * @returns how long it wants us to wait in milliseconds, or null where the answer is the caller's
 */
export function invitedRetryMs(status: number, headers: readonly string[]): number | null {
  if (status !== 503) return null;
  const retryAfter = fieldValue(headers, 'retry-after');
  if (retryAfter === undefined || !/^\d+$/.test(retryAfter)) return null;
  const seconds = Number(retryAfter);
  return seconds <= LONGEST_RETRY_AFTER_SECONDS ? seconds * 1_000 : null;
}
