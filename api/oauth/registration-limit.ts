import type { RequestHandler } from 'express';
import { networkOf } from '../../core/services/networks.ts';

const BURST = 30;
const REFILL_MS = 10_000;
const MOST_NETWORKS = 10_000;

/**
 * Anyone may register a client, but not thousands: each network has 30 registrations at once and one more every 10
 * seconds. In memory of this process; it bounds the store, it decides about nothing else.
 */
export function createRegistrationLimit(now: () => number = Date.now): RequestHandler {
  const buckets = new Map<string, { left: number; at: number }>();
  return (request, response, next) => {
    const network = networkOf(request.ip ?? '');
    const { left, at } = buckets.get(network) ?? { left: BURST, at: now() };
    const available = Math.min(BURST, left + (now() - at) / REFILL_MS);
    if (available < 1) {
      const seconds = Math.ceil(((1 - available) * REFILL_MS) / 1000);
      response
        .status(429)
        .set({ 'Retry-After': String(seconds), 'Cache-Control': 'no-store' })
        .json({
          error: 'temporarily_unavailable',
          error_description: `Too many registrations from this network. Try again in ${seconds} seconds.`,
        });
      return;
    }
    // The oldest goes: a flood from many networks must not fill the memory.
    buckets.delete(network);
    if (buckets.size >= MOST_NETWORKS) buckets.delete(buckets.keys().next().value ?? '');
    buckets.set(network, { left: available - 1, at: now() });
    next();
  };
}
