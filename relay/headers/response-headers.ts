import type { Dispatcher } from 'undici';
import type { Exchange } from '../exchange.ts';
import { isHopByHop, namedByConnection } from './hop-by-hop.ts';

/** Ours alone: an upstream that sends them would pass its error off as the relay's. */
const OURS = 'x-agentgateway-';

/** Where the relay limits calls its own fields count; else the upstream's pass. */
const RATE_LIMIT = new Set(['ratelimit', 'ratelimit-policy']);

/**
 * The upstream's headers as they go to the caller (invariant 3), the request ID and the rate-limit fields.
 * @param raw flat list of name, value … as undici's parser gives it
 * @returns flat list for `writeHead`
 */
export function readResponseHeaders(raw: Dispatcher.DispatchController['rawHeaders'], exchange: Exchange): string[] {
  const pairs = Array.isArray(raw)
    ? raw.map((part) => (typeof part === 'string' ? part : part.toString('latin1')))
    : [];
  const named = namedByConnection(fieldValue(pairs, 'connection'));
  const headers = ['X-AgentGateway-Request-Id', exchange.id];
  const isLimited = addRateLimitFields(headers, exchange);
  for (let i = 0; i < pairs.length; i += 2) {
    const name = pairs[i] as string;
    const lowerName = name.toLowerCase();
    if (isHopByHop(lowerName) || named.has(lowerName) || lowerName.startsWith(OURS)) continue;
    if (isLimited && RATE_LIMIT.has(lowerName)) continue;
    headers.push(name, pairs[i + 1] as string);
  }
  return headers;
}

/** Says how the call's limits stand (draft-ietf-httpapi-ratelimit-headers). @returns whether there are any */
export function addRateLimitFields(headers: string[], { rateLimitFields, route }: Exchange): boolean {
  if (rateLimitFields !== null) {
    headers.push('RateLimit', rateLimitFields[0], 'RateLimit-Policy', rateLimitFields[1]);
    return true;
  }
  // Refused before its limits were looked at.
  if (route === null || route.limits === null) return false;
  headers.push('RateLimit-Policy', route.limits.policyField);
  return true;
}

/** All values of a field in a flat list, joined by commas; undefined when there is none. */
export function fieldValue(pairs: readonly string[], lowerName: string): string | undefined {
  let value: string | undefined;
  for (let i = 0; i < pairs.length; i += 2) {
    const name = pairs[i] as string;
    if (name.length !== lowerName.length || name.toLowerCase() !== lowerName) continue;
    value = value === undefined ? pairs[i + 1] : `${value},${pairs[i + 1]}`;
  }
  return value;
}
