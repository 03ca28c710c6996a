import { networkOf } from '../../core/services/networks.ts';

const MOST_NETWORKS = 10_000;

export interface Allowance {
  /** So many at once, */
  burst: number;
  /** then one more each so many milliseconds. */
  refillMs: number;
}

/**
 * Bounds what is stored for anyone, before anybody has signed in, by the network that asks. In memory of this process;
 * it decides about nothing else.
 * @returns for an address, the seconds to wait; 0: go on
 */
export function createNetworkLimit(
  { burst, refillMs }: Allowance,
  now: () => number = Date.now,
): (address: string | undefined) => number {
  const buckets = new Map<string, { left: number; at: number }>();
  return (address = '') => {
    const network = networkOf(address);
    const { left, at } = buckets.get(network) ?? { left: burst, at: now() };
    const available = Math.min(burst, left + (now() - at) / refillMs);
    if (available < 1) return Math.ceil(((1 - available) * refillMs) / 1_000);
    // The oldest goes: a flood from many networks must not fill the memory.
    buckets.delete(network);
    if (buckets.size >= MOST_NETWORKS) buckets.delete(buckets.keys().next().value ?? '');
    buckets.set(network, { left: available - 1, at: now() });
    return 0;
  };
}
