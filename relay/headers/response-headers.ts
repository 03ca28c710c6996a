import type { Dispatcher } from 'undici';
import { isHopByHop, namedByConnection } from './hop-by-hop.ts';

/** Ours alone: an upstream that sends them would pass its error off as the relay's. */
const OURS = 'x-agentgateway-';

/**
 * The upstream's headers as they go to the caller (invariant 3), and the request ID.
 * @param raw flat list of name, value … as undici's parser gives it
 * @returns flat list for `writeHead`
 */
export function readResponseHeaders(raw: Dispatcher.DispatchController['rawHeaders'], requestId: string): string[] {
  const pairs = Array.isArray(raw)
    ? raw.map((part) => (typeof part === 'string' ? part : part.toString('latin1')))
    : [];
  const named = namedByConnection(fieldValue(pairs, 'connection'));
  const headers = ['X-AgentGateway-Request-Id', requestId];
  for (let i = 0; i < pairs.length; i += 2) {
    const name = pairs[i] as string;
    const lowerName = name.toLowerCase();
    if (isHopByHop(lowerName) || named.has(lowerName) || lowerName.startsWith(OURS)) continue;
    headers.push(name, pairs[i + 1] as string);
  }
  return headers;
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
