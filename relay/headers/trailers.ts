import type { IncomingHttpHeaders } from 'node:http';
import { isHopByHop } from './hop-by-hop.ts';

/** Fields that frame, route, authorize or describe a message: behind the body they come too late (RFC 9110 §6.5.1). */
const NO_TRAILERS = new Set([
  'authorization',
  'cache-control',
  'content-encoding',
  'content-length',
  'content-range',
  'content-type',
  'host',
  'set-cookie',
  'www-authenticate',
]);

/** The upstream's trailers that may go to the caller. */
export function readTrailers(trailers: IncomingHttpHeaders): [string, string][] {
  const fields: [string, string][] = [];
  for (const name in trailers) {
    if (NO_TRAILERS.has(name) || isHopByHop(name) || name.startsWith('x-agentgateway-')) continue;
    for (const value of [trailers[name] ?? ''].flat()) fields.push([name, value]);
  }
  return fields;
}
