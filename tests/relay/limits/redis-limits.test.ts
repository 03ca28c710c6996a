import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import type { Limits } from '../../../relay/limits/limit.ts';
import { MINUTE, SECOND } from '../../../relay/limits/sliding-window.ts';
import { DEADLINE_MS } from '../../../relay/redis.ts';
import { describeNeeding } from '../../servers/describe-needing.ts';
import { startTestRedis, type TestRedis } from '../../servers/redis-server.ts';
import { seededRandom } from '../../servers/seeded-random.ts';
import {
  type Admission,
  limits,
  mostCertainlyInAWindow,
  SHORT,
  startLimiters,
  type TestLimiter,
  type TestLimiters,
} from './limiters.ts';

const PROCESSES = 4;

describeNeeding(['redis-server'], 'limits of several processes', () => {
  let redis: TestRedis;
  let limiters: TestLimiters;
  let organizationId: string;

  beforeAll(async () => {
    redis = await startTestRedis();
  });
  afterAll(() => redis.stop());
  beforeEach(async () => {
    limiters = await startLimiters(PROCESSES, redis.url);
    organizationId = randomUUID();
  });
  afterEach(() => limiters.stop());

  async function admit(limiter: TestLimiter, given: Limits | null, history?: Admission[]): Promise<boolean> {
    const askedAt = performance.now();
    const refusal = await limiter.admit(given, organizationId);
    if (refusal === null) history?.push({ askedAt, answeredAt: performance.now() });
    return refusal === null;
  }

  /** Asks from all processes, in waves of seeded sizes and pauses, until the time is over. */
  async function storm(given: Limits, seconds: number, history: Admission[]): Promise<void> {
    const random = seededRandom(4);
    const endsAt = performance.now() + seconds * 1_000;
    while (performance.now() < endsAt) {
      const wave = Array.from({ length: 1 + Math.floor(random() * 12) }, () => {
        const limiter = limiters.all[Math.floor(random() * PROCESSES)] as TestLimiter;
        return admit(limiter, given, history);
      });
      await Promise.all(wave);
      await delay(random() * 20);
    }
  }

  test('all together let in exactly N at once', async () => {
    const ten = limits([{ quota: 10 }]);
    const answers = await Promise.all(
      Array.from({ length: 40 }, (_, call) => admit(limiters.all[call % PROCESSES] as TestLimiter, ten)),
    );
    expect(answers.filter((admitted) => admitted)).toHaveLength(10);
  });

  test('over a storm no window held more than N that Redis let in, nor more than 2 N, and 98 % of N was usable', async () => {
    const quota = 60;
    const history: Admission[] = [];
    await storm(limits([{ quota }]), 9, history);
    // On a busy machine Redis is late now and then: such a call its process decides alone, within its share.
    const letInByRedis = history.filter(({ askedAt, answeredAt }) => answeredAt - askedAt < DEADLINE_MS);
    expect(mostCertainlyInAWindow(letInByRedis, SHORT.windowMs)).toBeLessThanOrEqual(quota);
    expect(mostCertainlyInAWindow(history, SHORT.windowMs)).toBeLessThanOrEqual(2 * quota);
    expect(history.length).toBeGreaterThanOrEqual(0.98 * quota * (9_000 / SHORT.windowMs));
  });

  test('a call that one limit refuses consumes nothing of the others', async () => {
    const [limiter] = limiters.all as [TestLimiter];
    const both = limits([{ quota: 3 }, { quota: 1, span: SECOND }]);
    const [first] = both.list;
    const alone: Limits = { policyField: 'test', list: first === undefined ? [] : [first] };
    const answers = [];
    for (let call = 0; call < 20; call += 1) answers.push(await admit(limiter, both));
    expect(answers.filter((admitted) => admitted)).toHaveLength(1);
    expect([await admit(limiter, alone), await admit(limiter, alone), await admit(limiter, alone)]).toEqual([
      true,
      true,
      false,
    ]);
  });

  test('a plan’s month is counted together, from what the database knew on', async () => {
    for (const { plans } of limiters.all) plans.setLimit(organizationId, 12);
    const [first] = limiters.all as [TestLimiter];
    const month = first.plans.month(Date.now()).name;
    first.plans.learn(organizationId, { month, calls: 5, corrections: 0 });
    expect(await admit(first, null)).toBe(true);
    const admitMany = async () => {
      const answers = await Promise.all(
        Array.from({ length: 40 }, (_, call) => admit(limiters.all[call % PROCESSES] as TestLimiter, null)),
      );
      return answers.filter((admitted) => admitted).length;
    };
    expect(await admitMany()).toBe(6);
    // What was counted too much is given back, to all together.
    for (const { plans } of limiters.all) plans.learn(organizationId, { month, calls: 9, corrections: 1 });
    expect(await admitMany()).toBe(3);
  });

  test('frozen Redis holds nobody up: calls go on by each process’ share', async () => {
    const eight = limits([{ quota: 8 }]);
    const [limiter] = limiters.all as [TestLimiter];
    redis.freeze();
    try {
      const answers = await Promise.all(Array.from({ length: 10 }, () => admit(limiter, eight)));
      expect(answers.filter((admitted) => admitted)).toHaveLength(8 / PROCESSES);
      while (limiter.redis.isAnswering) await admit(limiter, eight);
      // From then on nobody waits at all.
      expect(limiter.admit(eight, organizationId)).toMatchObject({ code: 'rate_limited' });
    } finally {
      redis.thaw();
    }
    while (!limiter.redis.isAnswering) await delay(20);
  });

  test('after a loss a process counts what it let in before', async () => {
    const twelve = limits([{ quota: 12, span: MINUTE }]);
    const [busy, idle] = limiters.all as [TestLimiter, TestLimiter];
    for (let call = 0; call < 12 / PROCESSES; call += 1) expect(await admit(busy, twelve)).toBe(true);
    await redis.kill();
    expect(await admit(busy, twelve)).toBe(false);
    const answers = [];
    for (let call = 0; call < 12; call += 1) answers.push(await admit(idle, twelve));
    expect(answers.filter((admitted) => admitted)).toHaveLength(12 / PROCESSES);
    await redis.start();
  });

  test('Redis killed and back, mid-storm: at most N in a window after the loss, at most 2 N in one across it', async () => {
    const quota = 60;
    const given = limits([{ quota }]);
    const history: Admission[] = [];
    await storm(given, 3, history);
    await redis.kill();
    const lostAt = performance.now();
    await storm(given, 5, history);
    expect(history.some(({ askedAt }) => askedAt > lostAt)).toBe(true);
    await redis.start();
    while (limiters.all.some((limiter) => !limiter.redis.isAnswering)) await storm(given, 0.1, history);
    await storm(given, 5, history);
    expect(mostCertainlyInAWindow(history, SHORT.windowMs)).toBeLessThanOrEqual(2 * quota);
    expect(mostCertainlyInAWindow(history, SHORT.windowMs, lostAt)).toBeLessThanOrEqual(1.1 * quota);
  });
});
