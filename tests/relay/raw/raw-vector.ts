import { AGENT_KEY } from '../relay-harness.ts';

/**
 * Requests as bytes (latin1), each with what must become of it: the relay's refusal, or one request at the upstream
 * with this body. Every refused one ends in a second request, which must never be taken for one.
 */
export interface RawVector {
  title: string;
  bytes: string;
  expected: { refused: number } | { forwarded: string };
  /** The caller closes its side behind the bytes. */
  ends?: true;
}

export const KEY = `X-AgentGateway-Key: ${AGENT_KEY}`;
export const SECOND = `GET /echo/second HTTP/1.1\r\nHost: relay.test\r\n${KEY}\r\n\r\n`;

/** A whole request from the lines between the request line and the blank one. */
export function post(fields: string[], rest: string): string {
  return ['POST /echo/x HTTP/1.1', 'Host: relay.test', KEY, 'Connection: close', ...fields, '', rest].join('\r\n');
}

export function get(fields: string[], requestLine = 'GET /echo/x HTTP/1.1'): string {
  return [requestLine, 'Host: relay.test', KEY, 'Connection: close', ...fields, '', ''].join('\r\n');
}

export const refusedAs = (status: number, title: string, bytes: string): RawVector => ({
  title,
  bytes: bytes + SECOND,
  expected: { refused: status },
});
export const refused = (title: string, bytes: string) => refusedAs(400, title, bytes);
export const forwarded = (title: string, bytes: string, body = ''): RawVector => ({
  title,
  bytes,
  expected: { forwarded: body },
});
