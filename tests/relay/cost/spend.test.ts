import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startUpstream, TestRelay, type TestUpstream } from '../relay-harness.ts';

const PRICE = {
  currency: 'USD',
  per_request: 0.01,
  per_megabyte: 2,
  llm: { input_per_million: 3, cached_input_per_million: 0.3, output_per_million: 15 },
};
const DEAREST = { input_per_million: 1_000_000, output_per_million: 1_000_000 };
const ANSWER = JSON.stringify({ usage: { input_tokens: 100, cache_read_input_tokens: 1_000, output_tokens: 20 } });
const TOKENS_MICROS = 100 * 3 + 1_000 * 0.3 + 20 * 15;

let upstream: TestUpstream;
let relay: TestRelay;
const acceptedEncodings: (string | undefined)[] = [];

beforeAll(async () => {
  upstream = await startUpstream((request, response) => {
    acceptedEncodings.push(request.headers['accept-encoding']);
    if (request.url === '/gzip') {
      response.writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip' }).end(gzipSync(ANSWER));
    } else if (request.url === '/absurd') {
      const answer = JSON.stringify({ usage: { input_tokens: 999_999_999_999 } });
      response.writeHead(200, { 'content-type': 'application/json' }).end(answer);
    } else {
      response.writeHead(request.url === '/fail' ? 500 : 200, { 'content-type': 'application/json' }).end(ANSWER);
    }
  });
  relay = await new TestRelay().start();
  relay.addAgent('priced', upstream.url, { price: PRICE });
  relay.addAgent('dear', upstream.url, { price: { currency: 'USD', llm: DEAREST } });
  relay.addAgent('free', upstream.url);
  relay.addAgent('closed', upstream.url, { price: PRICE, enabled: false });
});
afterAll(async () => {
  await relay.stop();
  await upstream.stop();
});

async function spendOf(path: string, init: RequestInit = {}) {
  await (await relay.call(path, init)).arrayBuffer();
  const { spendMicros, bytesOut } = await relay.row();
  return { spendMicros, bytesOut };
}

describe('spend', () => {
  test('is by call, by byte both ways, and by token', async () => {
    const { spendMicros, bytesOut } = await spendOf('/priced/v1/messages', { method: 'POST', body: 'x'.repeat(500) });
    expect(spendMicros).toBe(Math.round(10_000 + (500 + bytesOut) * 2 + TOKENS_MICROS));
  });

  test('is nothing for a call that failed or was never carried, and unknown without a price', async () => {
    expect((await spendOf('/priced/fail')).spendMicros).toBe(0);
    expect((await spendOf('/closed/x')).spendMicros).toBe(0);
    expect((await spendOf('/free/x')).spendMicros).toBeNull();
  });

  test('of a batch of calls adds up to a 64-bit integer, whatever the upstream tells', async () => {
    const { spendMicros } = await spendOf('/dear/absurd');
    expect(BigInt(spendMicros ?? 0) * 50_000n).toBeLessThan(2n ** 63n);
  });

  test('the upstream is asked for an answer that can be read; one that is compressed all the same passes untouched', async () => {
    acceptedEncodings.length = 0;
    const { spendMicros, bytesOut } = await spendOf('/priced/gzip', { headers: { 'accept-encoding': 'gzip, br' } });
    expect(spendMicros).toBe(Math.round(10_000 + bytesOut * 2));
    await spendOf('/free/x', { headers: { 'accept-encoding': 'gzip, br' } });
    expect(acceptedEncodings).toEqual(['identity', 'gzip, br']);
  });
});
