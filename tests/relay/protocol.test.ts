import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { AGENT_KEY, link, startUpstream, TestRelay, type TestUpstream } from './relay-harness.ts';

let upstream: TestUpstream;
let relay: TestRelay;
let reached: string[] = [];

beforeAll(async () => {
  upstream = await startUpstream((request, response) => {
    reached.push(request.url ?? '');
    if (request.url === '/redirect') response.writeHead(302, { location: 'https://elsewhere.test/' }).end();
    else if (request.url === '/silent') return;
    else response.writeHead(request.url === '/missing' ? 404 : 200, { 'x-agentgateway-error': 'forged' }).end('answer');
  });
  relay = await new TestRelay().start();
  relay.addAgent('echo', upstream.url);
});

afterAll(async () => {
  await relay.stop();
  await upstream.stop();
});

async function expectRefusal(response: Response, status: number, code: string): Promise<string> {
  const body = (await response.json()) as { detail: string };
  expect(body).toMatchObject({ status, code, request_id: response.headers.get('x-agentgateway-request-id') });
  expect([response.status, response.headers.get('x-agentgateway-error')]).toEqual([status, code]);
  expect(response.headers.get('content-type')).toBe('application/problem+json');
  return body.detail;
}

describe('the relay’s own errors', () => {
  test.each([
    ['no key', { 'x-agentgateway-key': 'none' }],
    ['an unknown key', { 'x-agentgateway-key': `agk_${'u'.repeat(32)}` }],
    ['a foreign bearer', { 'x-agentgateway-key': '', authorization: 'Bearer sk_live_1' }],
    ['an endless key', { 'x-agentgateway-key': `agk_${'u'.repeat(5_000)}` }],
  ])('401 invalid_agent_key for %s', async (_, headers) => {
    const response = await relay.call('/echo/x', { headers });
    await expectRefusal(response, 401, 'invalid_agent_key');
    expect(response.headers.get('www-authenticate')).toContain('Bearer');
  });

  test('404 agent_not_found alike for unknown, deleted, foreign and unreached agents', async () => {
    relay.addAgent('deleted', upstream.url, { deletedAt: new Date() });
    relay.addAgent('foreign', upstream.url, { organizationId: randomUUID() });
    relay.addKey(`agk_${'o'.repeat(32)}`, randomUUID());
    const details = new Set<string>();
    for (const path of ['/unknown/x', '/deleted/x', '/foreign/x', '/', '/..%2fecho']) {
      details.add(await expectRefusal(await relay.call(path), 404, 'agent_not_found'));
    }
    const headers = { 'x-agentgateway-key': `agk_${'o'.repeat(32)}` };
    details.add(await expectRefusal(await relay.call('/echo/x', { headers }), 404, 'agent_not_found'));
    expect(details.size).toBe(1);
  });

  test('a deleted agent’s name is free at once', async () => {
    const id = relay.addAgent('reborn', upstream.url);
    // Its successor may be read before its deletion is.
    relay.addAgent('reborn', upstream.url);
    relay.addAgent('reborn', upstream.url, { id, deletedAt: new Date() });
    expect((await relay.call('/reborn/x')).status).toBe(200);
  });

  test('403 agent_disabled, and its row in the log', async () => {
    const agentId = relay.addAgent('off', upstream.url, { enabled: false });
    await expectRefusal(await relay.call('/off/x'), 403, 'agent_disabled');
    expect(await relay.row()).toMatchObject({
      agentId,
      status: 403,
      errorCode: 'agent_disabled',
      upstreamLatencyMs: null,
    });
  });

  test('403 host_not_allowed: a secret never goes to a host that its credential does not list (invariant 9)', async () => {
    const foreign = { ...link(upstream, { kind: 'bearer' }, 'sk_secret'), allowedHosts: ['api.stripe.com'] };
    relay.addAgent('moved', upstream.url, {}, [foreign]);
    reached = [];
    await expectRefusal(await relay.call('/moved/x'), 403, 'host_not_allowed');
    expect(reached).toEqual([]);
  });

  test.each([
    ['no value', null],
    ['a value that no header can hold', 'line\r\nbreak'],
  ])('503 credential_unavailable for %s', async (_, secretValue) => {
    relay.addAgent('waiting', upstream.url, {}, [link(upstream, { kind: 'bearer' }, secretValue)]);
    await expectRefusal(await relay.call('/waiting/x'), 503, 'credential_unavailable');
  });

  test('403 upstream_forbidden when the guard refuses the address (invariant 2)', async () => {
    const guarded = await new TestRelay([]).start();
    guarded.addAgent('inside', upstream.url);
    const detail = await expectRefusal(await guarded.call('/inside/x'), 403, 'upstream_forbidden');
    expect(detail).toContain('AGENTGATEWAY_ALLOWED_PRIVATE_UPSTREAMS');
    await guarded.stop();
  });

  test('502 upstream_unreachable for a refused connection, a dead name and an answer that is no HTTP', async () => {
    const gibberish = createServer((socket) => socket.end('SSH-2.0-OpenSSH\r\n')).listen(0, '127.0.0.1');
    await once(gibberish, 'listening');
    relay.addAgent('down', 'http://127.0.0.1:1');
    relay.addAgent('nameless', 'http://nobody.invalid');
    relay.addAgent('gibberish', `http://127.0.0.1:${(gibberish.address() as AddressInfo).port}`);
    for (const name of ['down', 'nameless', 'gibberish']) {
      await expectRefusal(await relay.call(`/${name}/x`), 502, 'upstream_unreachable');
    }
    gibberish.close();
  });

  test('504 upstream_timeout when no answer begins in time', async () => {
    relay.addAgent('slow', upstream.url, { routing: { first_byte_timeout_seconds: 0.2 } });
    await expectRefusal(await relay.call('/slow/silent'), 504, 'upstream_timeout');
  });

  test('503 snapshot_expired with Retry-After when Postgres was silent beyond the limit (invariant 10)', async () => {
    const forgotten = await new TestRelay().start();
    forgotten.addAgent('echo', upstream.url);
    forgotten.snapshot.confirm(Date.now() - 599_000);
    expect((await forgotten.call('/echo/x')).status).toBe(200);
    forgotten.snapshot.confirm(Date.now() - 601_000);
    const response = await forgotten.call('/echo/x');
    await expectRefusal(response, 503, 'snapshot_expired');
    expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(0);
    await forgotten.stop();
  });

  test('431 headers_too_large', async () => {
    const answer = await relay.raw(`GET /echo/x HTTP/1.1\r\nHost: a\r\nX-Long: ${'l'.repeat(20_000)}\r\n\r\n`);
    expect(answer).toMatch(/^HTTP\/1\.1 431 [\s\S]*X-AgentGateway-Error: headers_too_large/);
  });
});

describe('an answer of the upstream', () => {
  test('passes with its status, told from ours by the absence of X-AgentGateway-Error', async () => {
    const response = await relay.call('/echo/missing');
    expect([response.status, await response.text()]).toEqual([404, 'answer']);
    expect(response.headers.get('x-agentgateway-error')).toBeNull();
    expect(response.headers.get('x-agentgateway-request-id')).toMatch(
      /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
    );
  });

  test('that redirects is passed to the caller, not followed', async () => {
    const response = await relay.call('/echo/redirect');
    expect([response.status, response.headers.get('location')]).toEqual([302, 'https://elsewhere.test/']);
  });

  test('leaves one log row, without the query', async () => {
    relay.rows.length = 0;
    const response = await relay.call('/echo/v1/charges?key=secret', { method: 'POST', body: 'body' });
    await response.text();
    const row = await relay.row();
    expect(row).toMatchObject({
      id: response.headers.get('x-agentgateway-request-id'),
      method: 'POST',
      path: '/v1/charges',
      status: 200,
      errorCode: null,
      bytesIn: 4,
      bytesOut: 6,
    });
    expect(relay.rows).toEqual([]);
  });
});

describe('the relay’s own pages', () => {
  test.each([
    ['/-/healthz', 200],
    ['/-/readyz', 200],
    ['/-/metrics', 200],
    ['/-/other', 404],
  ])('%s answers %d without a key', async (path, status) => {
    expect((await fetch(relay.url(path))).status).toBe(status);
  });

  test('metrics count calls and errors', async () => {
    await relay.call('/unknown/x');
    const metrics = await (await fetch(relay.url('/-/metrics'))).text();
    expect(metrics).toMatch(/agentgateway_relay_errors_total\{code="agent_not_found"\} [1-9]/);
    expect(metrics).not.toContain(AGENT_KEY);
  });
});
