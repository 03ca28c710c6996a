import { PublicError } from './errors.ts';

const MOST_KEYS = 10_000;

export interface Allowance {
  /** So many at once, */
  burst: number;
  /** then one more each so many milliseconds. */
  refillMs: number;
}

/**
 * Bounds how often something is done, by a key. In memory of this process.
 * @returns for a key, the seconds to wait; 0: go on
 */
export function createAllowance({ burst, refillMs }: Allowance, now: () => number = Date.now): (key: string) => number {
  const buckets = new Map<string, { left: number; at: number }>();
  return (key) => {
    const { left, at } = buckets.get(key) ?? { left: burst, at: now() };
    const available = Math.min(burst, left + (now() - at) / refillMs);
    if (available < 1) return Math.ceil(((1 - available) * refillMs) / 1_000);
    // The oldest goes: a flood of many keys must not fill the memory.
    buckets.delete(key);
    if (buckets.size >= MOST_KEYS) buckets.delete(buckets.keys().next().value ?? '');
    buckets.set(key, { left: available - 1, at: now() });
    return 0;
  };
}

/**
 * Bounds how often each organization has this installation reach out to others. In memory of this process.
 * @param did what it did too often, in words that go on from `Your organization`
 * @returns throws PublicError `rate_limited` where the organization has to wait
 */
export function createOrganizationAllowance(allowance: Allowance, did: string): (organizationId: string) => void {
  const secondsToWait = createAllowance(allowance);
  return (organizationId) => {
    const retryAfterSeconds = secondsToWait(organizationId);
    if (retryAfterSeconds === 0) return;
    const detail = `Your organization ${did}. Try again in ${retryAfterSeconds} seconds.`;
    throw new PublicError('rate_limited', detail, { retryAfterSeconds });
  };
}
