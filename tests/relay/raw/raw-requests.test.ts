import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { AGENT_KEY, link, TestRelay } from '../relay-harness.ts';
import { OK, type ScriptedUpstream, startScriptedUpstream } from '../scripted-upstream.ts';
import type { RawVector } from './raw-vector.ts';
import { RAW_VECTORS } from './raw-vectors.ts';
import { readOneRequest, valuesOf } from './strict-request.ts';

let upstream: ScriptedUpstream;
let faults: string[];

beforeEach(async () => {
  faults = [];
  upstream = await startScriptedUpstream();
  upstream.script = (socket, _, received) => {
    try {
      if (readOneRequest(received) !== null) socket.write(OK);
    } catch (error) {
      faults.push((error as Error).message);
      socket.destroy();
    }
  };
});
afterEach(() => upstream.stop());

/**
 * What the caller gets. Relay and upstream are the vector's own and end with it, so that what comes late cannot be
 * taken for the next one's.
 */
async function send({ bytes, ends }: RawVector): Promise<string> {
  const relay = await new TestRelay().start();
  relay.addAgent('echo', upstream.url, { routing: { retries: 0 } }, [link(upstream, { kind: 'bearer' }, 'sk_secret')]);
  const socket = relay.socket();
  socket.write(Buffer.from(bytes, 'latin1'));
  if (ends) socket.end();
  const answer = await text(socket);
  await relay.stop();
  await upstream.quiet();
  return answer;
}

/** Whatever was sent: no upstream can find two requests in it, or a key of ours. */
function expectNoConfusion(): void {
  expect(faults).toEqual([]);
  const sent = upstream.received.filter((received) => received !== '');
  expect(sent.length).toBeLessThanOrEqual(1);
  const [requestHead = '', ...fields] = (sent[0]?.split('\r\n\r\n')[0] ?? '').split('\r\n');
  if (requestHead === '') return;
  expect(sent[0]?.split('\r\n\r\n')[0]).not.toContain(AGENT_KEY);
  const named = (name: string) => fields.filter((field) => field.toLowerCase().startsWith(`${name}:`));
  expect(named('authorization')).toEqual(['Authorization: Bearer sk_secret']);
  expect(named('host')).toEqual([`host: 127.0.0.1:${upstream.port}`]);
}

const ANSWER = /^HTTP\/1\.1 (\d{3}) /;

for (const [group, vectors] of Object.entries(RAW_VECTORS)) {
  describe(`${group}: refused, or one request that nobody can misread`, () => {
    test.each(vectors.map((vector) => [vector.title, vector] as const))('%s', async (_title, vector) => {
      const answer = await send(vector);
      expectNoConfusion();
      const [, status] = ANSWER.exec(answer) ?? [];
      if ('forwarded' in vector.expected) {
        expect(answer).toMatch(/^HTTP\/1\.1 200 /);
        expect(answer.match(/HTTP\/1\.1 /g)?.length).toBe(1);
        const request = readOneRequest(upstream.received[0] ?? '');
        expect(request?.body).toBe(vector.expected.forwarded);
        expect(valuesOf(request ?? { fields: [] }, 'x-hop')).toEqual([]);
        return;
      }
      // Nothing complete went up, and what the caller got is our own word, or nothing.
      expect(upstream.received.map(readOneRequest).filter((request) => request !== null)).toEqual([]);
      if (vector.expected.refused !== 0) {
        expect(status).toBe(String(vector.expected.refused));
        expect(upstream.received.join('')).toBe('');
      }
      if (status !== undefined) expect(answer).toMatch(/X-AgentGateway-Error: (malformed_request|headers_too_large)/);
    });
  });
}

test('there are enough of them', () => {
  expect(Object.values(RAW_VECTORS).flat().length).toBeGreaterThanOrEqual(200);
});
