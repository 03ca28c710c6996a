import { createHash, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { type IncomingMessage, request, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { LinkedCredential } from '../../relay/snapshot/build-route.ts';
import { AGENT_KEY, link, startUpstream, TestRelay, type TestUpstream } from './relay-harness.ts';

type Received = { url: string; headers: IncomingMessage['headers']; body: string };

let upstream: TestUpstream;
let tokenServer: TestUpstream;
let relay: TestRelay;
let received: Received[] = [];
let tokensAsked = 0;
let respond: (response: ServerResponse, received: Received) => void;
let giveToken: (response: ServerResponse) => void;

beforeAll(async () => {
  upstream = await startUpstream(async (incoming, response) => {
    const one = { url: incoming.url ?? '', headers: incoming.headers, body: await text(incoming) };
    received.push(one);
    respond(response, one);
  });
  tokenServer = await startUpstream((_, response) => {
    tokensAsked += 1;
    giveToken(response);
  });
});
afterAll(async () => {
  await upstream.stop();
  await tokenServer.stop();
});
beforeEach(async () => {
  received = [];
  tokensAsked = 0;
  respond = (response) => void response.end('ok');
  giveToken = (response) =>
    void response.end(JSON.stringify({ access_token: `at_${tokensAsked}`, token_type: 'bearer', expires_in: 3_600 }));
  relay = await new TestRelay().start();
});
afterEach(() => relay.stop());

const outcome = (response: Response) => `${response.status} ${response.headers.get('x-agentgateway-error')}`;

describe('oauth2_client_credentials', () => {
  const injection = () => ({ kind: 'oauth2_client_credentials', token_url: tokenServer.url, client_id: 'me' });
  const clientLink = (): LinkedCredential => {
    const one = link(upstream, injection(), 'cs_secret');
    return { ...one, allowedHosts: [...one.allowedHosts, tokenServer.url] };
  };

  test('calls that come together wait for one fetch; the token goes up instead of what the caller sent', async () => {
    relay.addAgent('api', upstream.url, {}, [clientLink()]);
    const headers = { authorization: 'Bearer mine' };
    const answers = await Promise.all(Array.from({ length: 8 }, () => relay.call('/api/x', { headers })));
    expect(answers.map(outcome)).toEqual(Array(8).fill('200 null'));
    expect(received.map((one) => one.headers.authorization)).toEqual(Array(8).fill('Bearer at_1'));
    expect(tokensAsked).toBe(1);
  });

  test('a change of the agent keeps the token', async () => {
    const linked = clientLink();
    const id = relay.addAgent('api', upstream.url, {}, [linked]);
    await relay.call('/api/x');
    relay.addAgent('renamed', upstream.url, { id }, [linked]);
    expect(outcome(await relay.call('/renamed/x'))).toBe('200 null');
    expect(tokensAsked).toBe(1);
  });

  test('503 credential_unavailable with Retry-After when no token comes, without asking for each call', async () => {
    giveToken = (response) => void response.writeHead(500).end();
    relay.addAgent('api', upstream.url, {}, [clientLink()]);
    const first = await relay.call('/api/x');
    expect(outcome(first)).toBe('503 credential_unavailable');
    expect(Number(first.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(await first.text()).not.toContain('cs_secret');
    expect(outcome(await relay.call('/api/x'))).toBe('503 credential_unavailable');
    expect([tokensAsked, received.length]).toEqual([1, 0]);
  });

  test('a caller that leaves while its call waits is not carried on', async () => {
    const asked = Promise.withResolvers<ServerResponse>();
    giveToken = asked.resolve;
    relay.addAgent('api', upstream.url, {}, [clientLink()]);
    const leaving = new AbortController();
    const call = relay.call('/api/left', { signal: leaving.signal });
    const response = await asked.promise;
    leaving.abort();
    await expect(call).rejects.toThrow();
    expect((await relay.row()).errorCode).toBe('caller_closed');
    response.end('{"access_token":"at_1"}');
    expect(outcome(await relay.call('/api/next'))).toBe('200 null');
    expect(received.map(({ url }) => url)).toEqual(['/next']);
  });

  test('a body that is held for a rotation is not taken for one that stopped while a token is fetched', async () => {
    giveToken = (response) => void setTimeout(() => response.end('{"access_token":"at_1"}'), 500);
    const [operation_id, new_version_id, old_version_id] = [randomUUID(), randomUUID(), randomUUID()];
    const rotation = {
      running: { operation_id, phase: 'cut_over' as const, new_version_id, old_version_id, share: 1, since: '' },
      fresh: { versionId: new_version_id, secretValue: 'cs_new' },
      old: { versionId: old_version_id, secretValue: 'cs_secret' },
    };
    relay.addAgent('api', upstream.url, { routing: { idle_timeout_seconds: 0.2 } }, [{ ...clientLink(), rotation }]);
    expect(outcome(await relay.call('/api/x', { method: 'POST', body: 'held' }))).toBe('200 null');
    expect(received.map(({ body }) => body)).toEqual(['held']);
  });

  test('invariant 9: the token URL must be among the allowed hosts too', async () => {
    relay.addAgent('api', upstream.url, {}, [link(upstream, injection(), 'cs_secret')]);
    expect(outcome(await relay.call('/api/x'))).toBe('403 host_not_allowed');
    expect([tokensAsked, received.length]).toEqual([0, 0]);
  });
});

describe('aws_sigv4', () => {
  const KEY = 'AKIAIOSFODNN7EXAMPLE:wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY';
  const hashOf = (body: string | Buffer) => createHash('sha256').update(body).digest('hex');
  const MEBIBYTE = 1_048_576;
  beforeEach(() => {
    const injection = { kind: 'aws_sigv4', region: 'us-east-1', service: 'dynamodb' };
    relay.addAgent('aws', `${upstream.url}/base`, {}, [link(upstream, injection, KEY)]);
  });

  test('signs path, query and the held body, and sends them in the form that was signed', async () => {
    const headers = { authorization: 'AWS4-HMAC-SHA256 mine', 'x-amz-date': 'mine' };
    const response = await relay.call('/aws/a:b?z=1&a=b+c', { method: 'POST', body: '{"x":1}', headers });
    expect(outcome(response)).toBe('200 null');
    const [one] = received;
    expect([one?.url, one?.body]).toEqual(['/base/a%3Ab?z=1&a=b%20c', '{"x":1}']);
    expect(one?.headers['x-amz-content-sha256']).toBe(hashOf('{"x":1}'));
    expect(one?.headers.authorization).toMatch(
      /^AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE\/\d{8}\/us-east-1\/dynamodb\/aws4_request, SignedHeaders=[a-z0-9;-]*, Signature=[0-9a-f]{64}$/,
    );
    expect(await relay.row()).toMatchObject({ bytesIn: 7 });
  });

  test('a body whose hash the caller sends streams at any size', async () => {
    const body = Buffer.alloc(9 * MEBIBYTE, 'x');
    const headers = { 'x-amz-content-sha256': hashOf(body) };
    expect(outcome(await relay.call('/aws/x', { method: 'PUT', body, headers }))).toBe('200 null');
    expect(received[0]?.body.length).toBe(body.length);
  });

  test.each(['content-length', 'chunked'])('413 body_too_large for one that cannot be held (%s)', async (framing) => {
    const headers = {
      'x-api-key': AGENT_KEY,
      ...(framing === 'content-length' && { 'content-length': String(9 * MEBIBYTE) }),
    };
    const call = request(relay.url('/aws/x'), { method: 'POST', headers }).on('error', () => {});
    for (let sent = 0; sent < 9; sent += 1) call.write(Buffer.alloc(MEBIBYTE));
    const [response] = (await once(call, 'response')) as [IncomingMessage];
    expect([response.statusCode, response.headers['x-agentgateway-error']]).toEqual([413, 'body_too_large']);
    expect(received).toEqual([]);
    call.destroy();
  });

  test('a body that stops arriving is not waited for', async () => {
    const routing = { idle_timeout_seconds: 0.2 };
    const injection = { kind: 'aws_sigv4', region: 'us-east-1', service: 'sqs' };
    relay.addAgent('patient', upstream.url, { routing }, [link(upstream, injection, KEY)]);
    const headers = { 'x-api-key': AGENT_KEY, 'content-length': '10' };
    const call = request(relay.url('/patient/x'), { method: 'POST', headers }).on('error', () => {});
    call.write('half');
    const [response] = (await once(call, 'response')) as [IncomingMessage];
    expect([response.statusCode, response.headers['x-agentgateway-error']]).toEqual([400, 'malformed_request']);
    expect(received).toEqual([]);
    call.destroy();
  });

  test('chunks that the caller’s SDK signed with its own key are refused with advice', async () => {
    const headers = { 'x-amz-content-sha256': 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD' };
    const response = await relay.call('/aws/x', { method: 'PUT', body: 'x', headers });
    expect(outcome(response)).toBe('400 malformed_request');
    expect(await response.text()).toContain('X-Amz-Content-Sha256');
  });

  test('a held body can be sent anew', async () => {
    respond = (response) => {
      if (received.length === 1) response.destroy();
      else response.end('ok');
    };
    expect(outcome(await relay.call('/aws/x', { method: 'PUT', body: 'body' }))).toBe('200 null');
    expect(received.map(({ body }) => body)).toEqual(['body', 'body']);
  });

  test('503 credential_unavailable for a secret that is no AWS access key', async () => {
    const injection = { kind: 'aws_sigv4', region: 'us-east-1', service: 's3' };
    relay.addAgent('wrong', upstream.url, {}, [link(upstream, injection, 'sk_secret')]);
    expect(outcome(await relay.call('/wrong/x'))).toBe('503 credential_unavailable');
  });
});
