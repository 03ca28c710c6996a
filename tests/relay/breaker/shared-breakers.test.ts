import { randomUUID } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { pino } from 'pino';
import { BreakerShare } from '../../../relay/breaker/breaker-share.ts';
import { SharedRedis } from '../../../relay/redis.ts';
import { describeNeeding } from '../../servers/describe-needing.ts';
import { startTestRedis, type TestRedis } from '../../servers/redis-server.ts';
import { startUpstream, TestRelay, type TestUpstream } from '../relay-harness.ts';

const RELAYS = 4;
/** A cool-down that is not over before the next line of a test, on a slow machine too. */
const SETTINGS = { minimum_calls: 12, cool_down_seconds: 3, longest_cool_down_seconds: 3 };

interface Member {
  relay: TestRelay;
  redis: SharedRedis;
  share: BreakerShare;
}

describeNeeding(['redis-server'], 'relays that share through Redis', () => {
  let redisServer: TestRedis;
  let upstream: TestUpstream;
  let members: Member[];
  let reached: number;
  let answer: (response: ServerResponse) => void;

  const fails = (response: ServerResponse) => void response.writeHead(503).end();
  const works = (response: ServerResponse) => void response.end();

  beforeEach(async () => {
    reached = 0;
    answer = fails;
    redisServer = await startTestRedis();
    upstream = await startUpstream((_, response) => {
      reached += 1;
      answer(response);
    });
    const id = randomUUID();
    members = await Promise.all(Array.from({ length: RELAYS }, () => join(id)));
  });

  afterEach(async () => {
    for (const { relay, redis, share } of members) {
      await share.stop();
      redis.stop();
      await relay.stop();
    }
    await Promise.all([redisServer.stop(), upstream.stop()]);
  });

  async function join(agentId: string): Promise<Member> {
    const redis = new SharedRedis(redisServer.url, pino({ level: 'silent' }));
    await redis.start();
    const relay = await new TestRelay(undefined, redis).start();
    relay.addAgent('stripe', upstream.url, { id: agentId, circuitBreaker: SETTINGS });
    const share = new BreakerShare(redis, relay.context.breakers);
    relay.context.breakers.shareBy(share);
    share.start();
    return { relay, redis, share };
  }

  async function call({ relay }: Member): Promise<string> {
    const response = await relay.call('/stripe/x');
    await response.arrayBuffer();
    return response.headers.get('x-agentgateway-error') ?? String(response.status);
  }

  const callEach = () => Promise.all(members.map(call));
  const whys = () => members.flatMap(({ relay }) => relay.breakerEvents.map(({ why }) => why));
  const notClosed = ({ relay }: Member) => relay.context.breakers.counts().notClosed;

  async function until(isTrue: () => boolean): Promise<void> {
    while (!isTrue()) await new Promise((resolve) => setTimeout(resolve, 10));
  }

  async function open(): Promise<void> {
    // No relay alone sees as many calls as the minimum.
    for (let i = 0; i < SETTINGS.minimum_calls / RELAYS; i += 1) await callEach();
    await until(() => members.every((member) => notClosed(member) === 1));
  }

  test('open by a failure rate that none of them sees alone, each of them, with one event', async () => {
    await open();
    const before = reached;
    expect(await callEach()).toEqual(Array(RELAYS).fill('circuit_open'));
    expect(reached).toBe(before);
    expect(whys()).toEqual(['too_many_failures']);
    const [event] = members.flatMap(({ relay }) => relay.breakerEvents);
    expect(event?.evidence).toMatchObject({ calls: SETTINGS.minimum_calls, failures: SETTINGS.minimum_calls });
  });

  test('let exactly one of 100 callers try the upstream, and close together', async () => {
    await open();
    await new Promise((resolve) => setTimeout(resolve, SETTINGS.cool_down_seconds * 1_000));
    reached = 0;
    const held: ServerResponse[] = [];
    answer = (response) => void held.push(response);
    let refused = 0;
    const calls = Array.from({ length: 100 }, async (_, i) => {
      const outcome = await call(members[i % RELAYS] as Member);
      refused += Number(outcome === 'circuit_open');
      return outcome;
    });
    await until(() => refused === 99 && held.length > 0);
    expect(reached).toBe(1);
    answer = works;
    held[0]?.end();
    expect((await Promise.all(calls)).filter((outcome) => outcome === '200')).toHaveLength(1);
    await until(() => members.every((member) => notClosed(member) === 0));
    expect(await callEach()).toEqual(Array(RELAYS).fill('200'));
    expect(whys().sort()).toEqual(['cool_down_over', 'probe_succeeded', 'too_many_failures']);
  });

  test('go on alone when Redis is lost, and agree again when it is back (invariant 10)', async () => {
    await redisServer.kill();
    await until(() => members.every(({ redis }) => !redis.isAnswering));
    const [first, ...others] = members as [Member, ...Member[]];
    for (let i = 0; i < SETTINGS.minimum_calls; i += 1) await call(first);
    expect(notClosed(first)).toBe(1);
    expect(others.map(notClosed)).toEqual(others.map(() => 0));
    // What Redis forgot, the one that knows tells again.
    await redisServer.start();
    await until(() => members.every((member) => notClosed(member) === 1));
    expect(whys()).toEqual(['too_many_failures']);
    await new Promise((resolve) => setTimeout(resolve, SETTINGS.cool_down_seconds * 1_000));
    answer = works;
    while ((await call(others[0] as Member)) !== '200');
    await until(() => members.every((member) => notClosed(member) === 0));
  });
});
