import type { Exchange } from '../exchange.ts';
import { isHopByHop, namedByConnection } from './hop-by-hop.ts';

const AGENT_KEY = /^agk_/;

/** The three places of an agent key, the first that holds one counts. */
const KEY_RANK: Record<string, number> = { 'x-agentgateway-key': 0, 'x-api-key': 1, authorization: 2 };

/**
 * Invariant 3: the agent key never goes upstream, hop-by-hop headers and those named in `Connection` are dropped.
 * Fills the exchange's headers for the upstream, its presented key and whether there is a body.
 * @returns what makes the request unusable, or null
 */
export function readRequestHeaders(exchange: Exchange): string | null {
  const { rawHeaders } = exchange.request;
  const named = namedByConnection(exchange.request.headers.connection);
  const headers: string[] = [];
  let keyRank = 3;
  let hosts = 0;
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i] as string;
    const value = rawHeaders[i + 1] as string;
    const lowerName = name.toLowerCase();
    const rank = KEY_RANK[lowerName];
    if (rank !== undefined) {
      const key = agentKeyIn(value, rank === 2);
      if (key !== null) {
        if (rank < keyRank) {
          keyRank = rank;
          exchange.presentedKey = key;
        }
        continue;
      }
    }
    if (lowerName === 'host') {
      hosts += 1;
      continue;
    }
    if (lowerName === 'transfer-encoding' || (lowerName === 'content-length' && value !== '0')) exchange.hasBody = true;
    // The server has answered `Expect: 100-continue` already.
    if (lowerName === 'expect' || isHopByHop(lowerName) || named.has(lowerName)) continue;
    headers.push(name, value);
  }
  exchange.headers = headers;
  return hosts > 1 ? 'the request has more than one Host header; send exactly one' : null;
}

/** The agent key in a header's value: alone, after `Bearer`, or as user name or password of `Basic`. */
function agentKeyIn(value: string, isAuthorization: boolean): string | null {
  if (AGENT_KEY.test(value)) return value;
  if (!isAuthorization) return null;
  const [, scheme, credentials] = /^(bearer|basic) +(\S+) *$/i.exec(value) ?? [];
  if (scheme === undefined || credentials === undefined) return null;
  if (scheme.length === 6) return AGENT_KEY.test(credentials) ? credentials : null;
  return (
    Buffer.from(credentials, 'base64')
      .toString('latin1')
      .split(':')
      .find((part) => AGENT_KEY.test(part)) ?? null
  );
}
