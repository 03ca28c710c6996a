import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { RunningRotation } from '../../core/domain/rotation.ts';
import type { RotationTally } from '../../relay/rotation/rotation-tally.ts';
import type { LinkedCredential } from '../../relay/snapshot/build-route.ts';
import { AGENT_KEY, link, startUpstream, TestRelay, type TestUpstream } from './relay-harness.ts';

/** What the upstream says to each of the two values. */
let statusOf: Record<string, number>;
let seen: string[];
let upstream: TestUpstream;
let relay: TestRelay;

const tokenIn = (request: IncomingMessage) =>
  request.headers.authorization?.replace('Bearer ', '') ?? String(request.headers['x-secret'] ?? '');

beforeAll(async () => {
  upstream = await startUpstream(async (request, response) => {
    const body = await text(request);
    if (request.url === '/token') {
      const [, inHeader] = Buffer.from(request.headers.authorization?.slice(6) ?? '', 'base64')
        .toString()
        .split(':');
      const secret = inHeader ?? new URLSearchParams(body).get('client_secret') ?? '';
      const status = statusOf[`token ${secret}`] ?? 200;
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ access_token: `${secret}-token`, token_type: 'Bearer', expires_in: 60 }));
      return;
    }
    const token = tokenIn(request);
    seen.push(`${request.method} ${token} ${body.length}`);
    response.writeHead(statusOf[token] ?? 200, { 'content-type': 'text/plain' }).end(token);
  });
});
afterAll(() => upstream.stop());
beforeEach(async () => {
  [statusOf, seen] = [{}, []];
  relay = await new TestRelay().start();
});
afterEach(() => relay.stop());

type Phase = RunningRotation['phase'];

function running(phase: Phase, share: number): RunningRotation {
  const [operation_id, new_version_id, old_version_id] = [randomUUID(), randomUUID(), randomUUID()];
  return { operation_id, phase, new_version_id, old_version_id, share, since: '' };
}

/** A link whose credential is rotated from `old` to `new`. */
function rotated(rotation: RunningRotation, injection: unknown = { kind: 'bearer' }): LinkedCredential {
  return {
    ...link(upstream, injection, rotation.phase === 'canary' ? 'old' : 'new'),
    rotation: {
      running: rotation,
      fresh: { versionId: rotation.new_version_id, secretValue: 'new' },
      old: { versionId: rotation.old_version_id, secretValue: 'old' },
    },
  };
}

/** An agent `api` with one credential under rotation; gives what the relay counts. */
function rotate(phase: Phase, share = 1, injection?: unknown): RotationTally {
  const rotation = running(phase, share);
  relay.addAgent('api', upstream.url, {}, [rotated(rotation, injection)]);
  return relay.context.rotations.tallyOf({ ...rotation, organizationId: randomUUID() });
}

async function call(init: RequestInit = {}): Promise<string> {
  const response = await relay.call('/api/x', init);
  return `${response.status} ${await response.text()}`;
}

async function calls(count: number, init: RequestInit = {}): Promise<string[]> {
  const answers: string[] = [];
  for (let i = 0; i < count; i += 1) answers.push(await call(init));
  return answers;
}

const streamed = (): RequestInit =>
  ({ method: 'POST', body: new Blob(['body']).stream(), duplex: 'half' }) as RequestInit;
const figures = ({ calls, refused, errors, blames, doubleRefusals, unrepeatableFailures }: RotationTally['fresh']) => ({
  calls,
  refused,
  errors,
  blames,
  doubleRefusals,
  unrepeatableFailures,
});
const NONE = { calls: 0, refused: 0, errors: 0, blames: 0, doubleRefusals: 0, unrepeatableFailures: 0 };

describe('which version a call takes', () => {
  test('canary: exactly its share of the repeatable calls tries the new one', async () => {
    const tally = rotate('canary', 0.1);
    const answers = await calls(50);
    expect(answers.filter((answer) => answer === '200 new').length).toBe(5);
    expect([figures(tally.fresh), figures(tally.old)]).toEqual([
      { ...NONE, calls: 5 },
      { ...NONE, calls: 45 },
    ]);
  });

  test.each<[Phase, string, string]>([
    ['canary', 'new', 'old'],
    ['cut_over', 'new', 'old'],
    ['drain', 'new', 'new'],
  ])('%s: one that can be repeated %s, one that cannot %s', async (phase, repeatable, other) => {
    rotate(phase);
    expect(await call()).toBe(`200 ${repeatable}`);
    expect(await call({ method: 'POST', body: 'x'.repeat(65_536) })).toBe(`200 ${repeatable}`);
    expect(await call({ method: 'POST', body: 'x'.repeat(65_537) })).toBe(`200 ${other}`);
    expect(await call(streamed())).toBe(`200 ${other}`);
    const expecting = connect(relay.port, '127.0.0.1');
    expecting.write(
      `POST /api/x HTTP/1.1\r\nHost: h\r\nX-Api-Key: ${AGENT_KEY}\r\nExpect: 100-continue\r\nContent-Length: 1\r\nConnection: close\r\n\r\nx`,
    );
    expect(await text(expecting)).toContain(`\r\n${other}\r\n`);
  });

  test('the log names the version that was sent last', async () => {
    statusOf = { new: 401 };
    const tally = rotate('cut_over');
    await call();
    expect(await relay.row()).toMatchObject({ credentialVersionIds: [tally.old.versionId] });
  });
});

describe('a refused call is repeated once, before its caller sees anything', () => {
  test.each<[Phase, number, string]>([
    ['canary', 401, 'GET'],
    ['cut_over', 403, 'POST'],
    ['drain', 401, 'PATCH'],
  ])('%s: %d to a %s', async (phase, status, method) => {
    statusOf = { new: status };
    const tally = rotate(phase);
    const body = method === 'GET' ? {} : { body: 'x'.repeat(65_536) };
    expect(await call({ method, ...body })).toBe('200 old');
    const bytes = method === 'GET' ? 0 : 65_536;
    expect(seen).toEqual([`${method} new ${bytes}`, `${method} old ${bytes}`]);
    expect(await relay.row()).toMatchObject({ status: 200, retryCount: 1, errorCode: null });
    expect(figures(tally.fresh)).toEqual({ ...NONE, calls: 1, refused: 1, blames: 1 });
    expect(figures(tally.old)).toEqual({ ...NONE, calls: 1 });
  });

  test('it counts once in the limits and takes nothing of the retries', async () => {
    statusOf = { new: 401, old: 403 };
    relay.addAgent('api', upstream.url, { rateLimitRpm: 100, routing: { retries: 0 } }, [rotated(running('drain', 1))]);
    const before = await relay.call('/api/x');
    const after = await relay.call('/api/x');
    const left = (response: Response) => Number(/r=(\d+)/.exec(response.headers.get('ratelimit') ?? '')?.[1]);
    expect(left(before) - left(after)).toBe(1);
    expect(seen.length).toBe(4);
  });

  test('other answers pass: no 5xx, no 404, and no refusal of the old version, is repeated', async () => {
    rotate('cut_over');
    for (const status of [400, 404, 429, 500]) {
      statusOf = { new: status };
      expect(await call()).toBe(`${status} new`);
    }
    statusOf = { old: 401 };
    expect(await call(streamed())).toBe('401 old');
    expect(seen.length).toBe(5);
  });

  test('an injected header of another name is changed too', async () => {
    statusOf = { new: 401 };
    rotate('drain', 1, { kind: 'header', name: 'X-Secret', template: '{secret}' });
    expect(await call({ headers: { 'x-secret': 'own' } })).toBe('200 old');
  });

  test('one that cannot be repeated is told by number', async () => {
    statusOf = { new: 401 };
    const tally = rotate('drain');
    expect(await call(streamed())).toBe('401 new');
    expect(figures(tally.fresh)).toEqual({ ...NONE, calls: 1, refused: 1, unrepeatableFailures: 1 });
  });
});

describe('blame', () => {
  test('after three the relay stops using the new version by itself', async () => {
    statusOf = { new: 401 };
    const tally = rotate('drain');
    let told = 0;
    relay.context.rotations.onBlamed = () => (told += 1);
    expect(await calls(10)).toEqual(Array(10).fill('200 old'));
    expect([tally.fresh.blames, told, seen.length]).toEqual([3, 1, 13]);
    expect(await call(streamed())).toBe('200 old');
  });

  test('what both refuse blames nobody; after twenty a route’s 403s are no longer repeated, its 401s are', async () => {
    statusOf = { new: 403, old: 403 };
    const tally = rotate('cut_over');
    expect(await calls(25)).toEqual(Array(25).fill('403 old').fill('403 new', 20));
    expect(seen.length).toBe(45);
    expect(figures(tally.fresh)).toEqual({ ...NONE, calls: 25, refused: 25, doubleRefusals: 20 });
    statusOf = { new: 401 };
    expect(await call()).toBe('200 old');
    expect(tally.fresh.blames).toBe(1);
  });

  test('no answer at all is an error of the version that was sent, and no blame', async () => {
    statusOf = { new: 500 };
    const tally = rotate('drain');
    await call();
    relay.addAgent('api', 'http://127.0.0.1:1', {}, [
      { ...rotated({ ...running('drain', 1), operation_id: tally.operationId }), allowedHosts: ['http://127.0.0.1:1'] },
    ]);
    expect(await call()).toMatch(/^502/);
    expect(figures(tally.fresh)).toEqual({ ...NONE, calls: 2, errors: 2 });
  });
});

describe('two credentials of one agent are rotated', () => {
  test('one at a time is tried, and alone is to blame', async () => {
    const [first, second] = [running('canary', 1), running('cut_over', 1)];
    relay.addAgent('api', upstream.url, {}, [
      rotated(first, { kind: 'header', name: 'X-First', template: '{secret}' }),
      rotated(second),
    ]);
    statusOf = { new: 401, old: 401 };
    expect(await call()).toBe('401 old');
    expect(await call()).toBe('401 old');
    const [tally, other] = [first, second].map((rotation) =>
      relay.context.rotations.tallyOf({ ...rotation, organizationId: '' }),
    );
    expect([tally?.fresh.calls, other?.fresh.calls]).toEqual([2, 0]);
  });
});

describe('oauth2_client_credentials', () => {
  const injection = () => ({
    kind: 'oauth2_client_credentials',
    token_url: `${upstream.url}/token`,
    client_id: 'client',
  });

  test('each version has its own tokens', async () => {
    statusOf = { 'new-token': 401 };
    const tally = rotate('cut_over', 1, injection());
    expect(await call()).toBe('200 old-token');
    expect(tally.fresh.blames).toBe(1);
  });

  test('where the new secret gives no token, calls go on with the old one', async () => {
    statusOf = { 'token new': 401 };
    const tally = rotate('drain', 1, injection());
    expect(await call()).toBe('200 old-token');
    expect(await call(streamed())).toBe('200 old-token');
    expect([tally.fresh.errors, tally.fresh.blames]).toEqual([2, 0]);
  });
});
