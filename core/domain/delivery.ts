import type { ChannelKind } from './channel.ts';
import { HOUR_MS, MINUTE_MS } from './times.ts';

/** `unknown`: it may have arrived, so it is not repeated by itself. */
export const DELIVERY_STATES = ['pending', 'sent', 'failed', 'unknown'] as const;
export type DeliveryState = (typeof DELIVERY_STATES)[number];

/** After how long each further attempt follows. */
const RETRY_AFTER_MS = [MINUTE_MS, 5 * MINUTE_MS, 15 * MINUTE_MS, HOUR_MS, 2 * HOUR_MS, 4 * HOUR_MS];

/** No receiver puts an attempt off for longer. */
const LONGEST_WISH_SECONDS = HOUR_MS / 1_000;

/** A mail that may not go for so long, because others go before it, is no news any more. */
export const LONGEST_WAIT_MS = 24 * HOUR_MS;

/** An attempt of which nothing was heard for so long was lost with its worker. Longer than any attempt takes. */
export const ATTEMPT_LOST_AFTER_MS = 2 * MINUTE_MS;

/**
 * What became of an attempt. The reason may be shown: it holds no secret and nothing that the receiver wrote.
 * `refused`: it did not arrive and never will. `later`: it may arrive another time, a mail at the remaining addresses.
 */
export type AttemptOutcome =
  | { outcome: 'sent'; reason?: string | undefined }
  | { outcome: 'refused' | 'unknown'; reason: string }
  | { outcome: 'later'; reason: string; retryAfterSeconds?: number | undefined; remaining?: string[] };

/**
 * Whether receivers know a repetition by its ID, so that an attempt whose end is not known is simply made again. Of a
 * mail (invariant 5) and a post to a chat everybody would get two.
 */
export function isRepeatable(kind: ChannelKind): boolean {
  return kind === 'webhook';
}

/**
 * When the next attempt follows.
 * @param attempts those that were made
 * @param wishSeconds the receiver's `Retry-After`
 * @returns null: no more follows
 */
export function nextAttemptAt(attempts: number, now: number, wishSeconds = 0): Date | null {
  const pause = RETRY_AFTER_MS[attempts - 1];
  if (pause === undefined) return null;
  return new Date(now + Math.max(pause, Math.min(wishSeconds, LONGEST_WISH_SECONDS) * 1_000));
}
