import type { Refusal } from '../relay-errors.ts';
import type { Limit } from './limit.ts';
import type { Month } from './plans.ts';
import type { Reading } from './readings.ts';

const LONGEST_RETRY_SECONDS = 3_600;

/** Says which limit refused the call; of several the one that lasts longest. */
export function rateLimited(limits: readonly Limit[], readings: readonly Reading[]): Refusal {
  let retryAfterSeconds = 1;
  let refusing = limits[0];
  limits.forEach((limit, index) => {
    const { used, freeInMs } = readings[index] as Reading;
    const seconds = Math.ceil(freeInMs / 1_000);
    if (used < limit.quota || seconds < retryAfterSeconds) return;
    retryAfterSeconds = seconds;
    refusing = limit;
  });
  return { code: 'rate_limited', detail: `${told(refusing)} Try again in ${retryAfterSeconds} s.`, retryAfterSeconds };
}

function told(limit: Limit | undefined): string {
  const quota = limit?.quota ?? 0;
  const calls = quota === 1 ? '1 call' : `${quota} calls`;
  if (limit?.policy === 'agent-key') return `This agent key may make at most ${calls} in any 60 seconds.`;
  if (limit?.policy === 'burst') return `This agent takes at most ${calls} in any second (burst in update_rate_limit).`;
  return `This agent takes at most ${calls} in any 60 seconds (rpm in update_rate_limit).`;
}

export function planLimitReached(callsPerMonth: number, month: Month, now: number): Refusal {
  const seconds = Math.ceil((month.endsAt - now) / 1_000);
  return {
    code: 'plan_limit_reached',
    detail: `The plan’s ${callsPerMonth} calls of ${month.name} (UTC) are used up. Wait for the next month, or ask an instance owner for a larger plan.`,
    retryAfterSeconds: Math.min(Math.max(1, seconds), LONGEST_RETRY_SECONDS),
  };
}
