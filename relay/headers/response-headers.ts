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
  const parts = Array.isArray(raw) ? raw : [];
  const headers = ['X-AgentGateway-Request-Id', exchange.id];
  const isLimited = addRateLimitFields(headers, exchange);
  const ours = headers.length;
  let connection: string | undefined;
  for (let i = 0; i < parts.length; i += 2) {
    const name = textOf(parts[i]);
    const lowerName = name.toLowerCase();
    if (lowerName === 'connection') {
      const value = textOf(parts[i + 1]);
      connection = connection === undefined ? value : `${connection},${value}`;
      continue;
    }
    if (isHopByHop(lowerName) || lowerName.startsWith(OURS)) continue;
    if (isLimited && RATE_LIMIT.has(lowerName)) continue;
    headers.push(name, textOf(parts[i + 1]));
  }
  const named = namedByConnection(connection);
  if (named.size === 0) return headers;
  return headers.filter((_, i) => i < ours || !named.has((headers[i - (i % 2)] as string).toLowerCase()));
}

function textOf(part: string | Buffer | undefined): string {
  return typeof part === 'string' ? part : (part?.toString('latin1') ?? '');
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
