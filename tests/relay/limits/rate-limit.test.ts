import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { link, ORGANIZATION, startUpstream, TestRelay, type TestUpstream } from '../relay-harness.ts';

const THEIRS = { ratelimit: '"theirs";r=7;t=9', 'ratelimit-policy': '"theirs";q=8;w=10' };

let upstream: TestUpstream;
let relay: TestRelay;
let reached = 0;

beforeAll(async () => {
  upstream = await startUpstream((_request, response) => {
    reached += 1;
    response.writeHead(200, THEIRS).end('answer');
  });
  upstream.server.on('upgrade', (_request, socket) => {
    socket.end('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n');
  });
  relay = await new TestRelay().start();
});

afterAll(async () => {
  await relay.stop();
  await upstream.stop();
});

const fields = ({ headers }: Response) => [headers.get('ratelimit'), headers.get('ratelimit-policy')];

async function refusal(response: Response): Promise<Record<string, unknown>> {
  const { status, code, detail } = (await response.json()) as Record<string, unknown>;
  return { status, code, detail, retryAfter: Number(response.headers.get('retry-after')) };
}

describe('a limited agent', () => {
  test('tells how its limit stands on forwarded answers and on refusals, in the draft’s form', async () => {
    relay.addAgent('limited', upstream.url, { rateLimitRpm: 2, rateLimitBurst: 9 });
    const policy = '"default";q=2;w=60, "burst";q=9;w=1';
    const answers = [];
    for (let call = 0; call < 3; call += 1) answers.push(await relay.call('/limited/x'));
    expect(answers.map(fields)).toEqual([
      [expect.stringMatching(/^"default";r=1;t=60, "burst";r=8;t=1$/), policy],
      [expect.stringMatching(/^"default";r=0;t=60, "burst";r=7;t=1$/), policy],
      [expect.stringMatching(/^"default";r=0;t=60, "burst";r=[789];t=[01]$/), policy],
    ]);
    const refused = await refusal(answers[2] as Response);
    expect(refused).toMatchObject({ status: 429, code: 'rate_limited', detail: expect.stringContaining('2 calls') });
    expect(refused.retryAfter).toBeGreaterThanOrEqual(60);
  });

  test('is refused before its upstream hears of it, and the refusal is logged', async () => {
    const agentId = relay.addAgent('one', upstream.url, { rateLimitRpm: 1 });
    await (await relay.call('/one/x')).text();
    await relay.row();
    const before = reached;
    expect((await relay.call('/one/x')).status).toBe(429);
    expect(reached).toBe(before);
    expect(await relay.row()).toMatchObject({ agentId, status: 429, errorCode: 'rate_limited' });
  });

  test('keeps to its burst in any second', async () => {
    relay.addAgent('bursty', upstream.url, { rateLimitRpm: 100, rateLimitBurst: 3 });
    const answers = await Promise.all(Array.from({ length: 10 }, () => relay.call('/bursty/x')));
    const refused = answers.filter(({ status }) => status === 429);
    expect(refused.length).toBeGreaterThanOrEqual(7);
    expect(await refusal(refused[0] as Response)).toMatchObject({
      code: 'rate_limited',
      detail: expect.stringContaining('in any second'),
    });
  });

  test('keeps its count when its settings change, and the new limit holds at once', async () => {
    const id = relay.addAgent('changed', upstream.url, { rateLimitRpm: 5 });
    for (let call = 0; call < 3; call += 1) expect((await relay.call('/changed/x')).status).toBe(200);
    relay.addAgent('changed', upstream.url, { id, rateLimitRpm: 3 });
    expect((await relay.call('/changed/x')).status).toBe(429);
    relay.addAgent('changed', upstream.url, { id, rateLimitRpm: 4 });
    expect((await relay.call('/changed/x')).status).toBe(200);
    relay.addAgent('changed', upstream.url, { id, rateLimitRpm: null });
    for (let call = 0; call < 10; call += 1) expect((await relay.call('/changed/x')).status).toBe(200);
  });

  test('tells its policy also where the call is refused before its limits are looked at', async () => {
    relay.addAgent('off', upstream.url, { rateLimitRpm: 2, enabled: false });
    expect(fields(await relay.call('/off/x'))).toEqual([null, '"default";q=2;w=60']);
  });

  test('counts WebSocket upgrades too', async () => {
    relay.addAgent('upgraded', upstream.url, { rateLimitRpm: 1 });
    const ask = async () => {
      const socket = relay.socket();
      socket.write(
        `GET /upgraded/x HTTP/1.1\r\nHost: a\r\nX-Api-Key: agk_${'k'.repeat(32)}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n`,
      );
      const [head] = (await once(socket, 'data')) as [Buffer];
      socket.destroy();
      return head.toString('latin1');
    };
    expect(await ask()).toMatch(/^HTTP\/1\.1 101 [\s\S]*RateLimit: "default";r=0/);
    expect(await ask()).toMatch(/^HTTP\/1\.1 429 /);
  });
});

test('without a limit the upstream’s own fields pass, and nothing is counted', async () => {
  relay.addAgent('free', upstream.url);
  const before = relay.context.limiter.size;
  expect(fields(await relay.call('/free/x'))).toEqual(Object.values(THEIRS));
  expect(relay.context.limiter.size).toBe(before);
});

test('an agent key has a limit of its own, over all its agents, besides theirs', async () => {
  const key = `agk_${'r'.repeat(32)}`;
  relay.addKey(key, null, ORGANIZATION, 3);
  relay.addAgent('first', upstream.url, { rateLimitRpm: 100 });
  relay.addAgent('second', upstream.url);
  const call = (path: string) => relay.call(path, { headers: { 'x-agentgateway-key': key } });
  expect(fields(await call('/first/x'))[1]).toBe('"default";q=100;w=60, "agent-key";q=3;w=60');
  expect(fields(await call('/second/x'))[1]).toBe('"agent-key";q=3;w=60');
  await call('/second/x');
  expect(await refusal(await call('/first/x'))).toMatchObject({
    code: 'rate_limited',
    detail: expect.stringContaining('This agent key'),
  });
  // What the key was refused, the agent has not spent.
  expect(fields(await relay.call('/first/x'))[0]).toMatch(/^"default";r=98;/);
});

test('a call whose credential has no value takes a place, as it counts in the plan’s use', async () => {
  const planned = await new TestRelay().start();
  planned.addAgent('waiting', upstream.url, { rateLimitRpm: 5 }, [link(upstream, { kind: 'bearer' }, null)]);
  planned.snapshot.plans.setLimit(ORGANIZATION, 2);
  const answers = [];
  for (let call = 0; call < 3; call += 1) answers.push(await planned.call('/waiting/x'));
  expect(answers.map(({ headers }) => headers.get('x-agentgateway-error'))).toEqual([
    'credential_unavailable',
    'credential_unavailable',
    'plan_limit_reached',
  ]);
  expect(fields(answers[1] as Response)[0]).toMatch(/^"default";r=3;/);
  await planned.stop();
});

test('429 plan_limit_reached when the month is used up, whatever the agent', async () => {
  const planned = await new TestRelay().start();
  planned.addAgent('any', upstream.url);
  planned.addAgent('other', upstream.url);
  planned.snapshot.plans.setLimit(ORGANIZATION, 3);
  for (const path of ['/any/x', '/other/x', '/any/x']) expect((await planned.call(path)).status).toBe(200);
  const refused = await refusal(await planned.call('/other/x'));
  expect(refused).toMatchObject({ status: 429, code: 'plan_limit_reached' });
  expect(refused.retryAfter).toBeGreaterThanOrEqual(1);
  expect(refused.retryAfter).toBeLessThanOrEqual(3_600);
  planned.snapshot.plans.setLimit(ORGANIZATION, 4);
  expect((await planned.call('/any/x')).status).toBe(200);
  await planned.stop();
});
