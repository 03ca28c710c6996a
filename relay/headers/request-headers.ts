import type { Exchange } from '../exchange.ts';
import { isHopByHop, namedByConnection } from './hop-by-hop.ts';

const AGENT_KEY = /^agk_/;

/** A host name or address with its port (RFC 9110 §7.2). Nobody routes by it here, but it is no place for anything else. */
const HOST = /^(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._~!$&'()*+,;=%-]*)(:\d*)?$/;

/**
 * Invariant 3: the agent key never goes upstream, hop-by-hop headers and those named in `Connection` are dropped.
 * Fills the exchange's headers for the upstream, its presented key and whether there is a body.
 * @returns what makes the request unusable, or null
 */
export function readRequestHeaders(exchange: Exchange): string | null {
  const { rawHeaders, httpVersion } = exchange.request;
  const named = namedByConnection(exchange.request.headers.connection);
  const headers: string[] = [];
  const key: PresentedKey = { rank: 3, value: null };
  let hosts = 0;
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i] as string;
    const value = rawHeaders[i + 1] as string;
    const lowerName = name.toLowerCase();
    switch (lowerName) {
      case 'x-agentgateway-key':
        if (takeKey(key, value, 0)) continue;
        break;
      case 'x-api-key':
        if (takeKey(key, value, 1)) continue;
        break;
      case 'authorization':
        if (takeKey(key, value, 2)) continue;
        break;
      case 'host':
        hosts += 1;
        if (!HOST.test(value)) return 'its Host header is no host name';
        continue;
      case 'transfer-encoding':
        // Another coding would have to be undone here, or be lost on the way (RFC 9112 §6.1, §7).
        if (value.toLowerCase() !== 'chunked') return 'its Transfer-Encoding is not "chunked"; send the body unencoded';
        if (httpVersion !== '1.1') return 'a Transfer-Encoding needs HTTP/1.1';
        exchange.hasBody = true;
        continue;
      case 'content-length':
        if (value !== '0') exchange.hasBody = true;
        break;
      case 'expect':
        // An expectation in HTTP/1.0 is to be ignored (RFC 9110 §10.1.1).
        if (httpVersion !== '1.1') continue;
        if (value.toLowerCase() !== '100-continue') return 'its Expect header asks for more than "100-continue"';
        exchange.expectsContinue = true;
        continue;
    }
    if (isHopByHop(lowerName) || named.has(lowerName)) continue;
    headers.push(name, value);
  }
  exchange.headers = headers;
  exchange.presentedKey = key.value;
  if (hosts > 1) return 'the request has more than one Host header; send exactly one';
  return hosts === 0 && httpVersion === '1.1' ? 'the request has no Host header; send one' : null;
}

/** Of an agent key's three places the one with the lowest rank counts. */
interface PresentedKey {
  rank: number;
  value: string | null;
}

/** @returns whether the header holds an agent key, and so stays here */
function takeKey(present: PresentedKey, headerValue: string, rank: 0 | 1 | 2): boolean {
  const value = agentKeyIn(headerValue, rank === 2);
  if (value === null) return false;
  if (rank < present.rank) {
    present.rank = rank;
    present.value = value;
  }
  return true;
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
