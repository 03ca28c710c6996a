import { randomUUID } from 'node:crypto';
import { pino } from 'pino';
import type { Exchange } from '../../../relay/exchange.ts';
import type { Limit, Limits } from '../../../relay/limits/limit.ts';
import { Limiter } from '../../../relay/limits/limiter.ts';
import { Plans } from '../../../relay/limits/plans.ts';
import type { Span } from '../../../relay/limits/sliding-window.ts';
import { SharedRedis } from '../../../relay/redis.ts';
import type { Refusal } from '../../../relay/relay-errors.ts';

/** A window short enough for a test in real time. */
export const SHORT: Span = { windowMs: 2_000, holdMs: 2_010, slotMs: 8 };

/** Limits as they are, over a window of the test's choice. */
export function limits(list: Partial<Limit>[]): Limits {
  const ownerId = randomUUID();
  return {
    policyField: 'test',
    list: list.map((given, index) => ({
      policy: 'default',
      windowId: `${ownerId}/${index}`,
      quota: 1,
      span: SHORT,
      turn: 0,
      ...given,
    })),
  };
}

/** One process' limiter, on a connection of its own. */
export interface TestLimiter {
  redis: SharedRedis;
  plans: Plans;
  /** Asks for one call. */
  admit(limits: Limits | null, organizationId: string): Refusal | null | Promise<Refusal | null>;
}

export interface TestLimiters {
  all: TestLimiter[];
  stop(): void;
}

/** Limiters as so many relay processes have them, all of which know each other. */
export async function startLimiters(count: number, redisUrl: string): Promise<TestLimiters> {
  const processIds = Array.from({ length: count }, () => randomUUID()).sort();
  const started = await Promise.all(
    processIds.map(async (ownId) => {
      const redis = new SharedRedis(redisUrl, pino({ level: 'silent' }));
      await redis.start();
      const plans = new Plans();
      const limiter = new Limiter({ plans, redis, processIds: () => processIds, ownId });
      const admit = (given: Limits | null, organizationId: string) =>
        limiter.admit({
          route: { organizationId, limits: given },
          agentKey: { limits: null },
          startedAt: Date.now(),
        } as unknown as Exchange);
      return { redis, plans, admit, limiter };
    }),
  );
  return {
    all: started,
    stop() {
      for (const { redis, limiter } of started) {
        redis.stop();
        limiter.stop();
      }
    },
  };
}

/** A call that was let in: when it was asked for and when answered. In between it was counted. */
export interface Admission {
  askedAt: number;
  answeredAt: number;
}

/** The most calls that were certainly counted within one window's length; only windows that begin at `from` or later. */
export function mostCertainlyInAWindow(
  admissions: readonly Admission[],
  windowMs: number,
  from = Number.NEGATIVE_INFINITY,
): number {
  const begins = admissions.map(({ askedAt }) => askedAt).filter((begin) => begin >= from);
  const within = (begin: number) =>
    admissions.filter(({ askedAt, answeredAt }) => askedAt >= begin && answeredAt < begin + windowMs).length;
  return Math.max(0, ...begins.map(within));
}
