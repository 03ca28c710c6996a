import { z } from 'zod';
import { PublicError } from '../errors.ts';

/** The settings of an agent that creating and updating share. */

export const rateLimitRpm = z.int().min(1).max(10_000_000);
export const burst = z.int().min(1).max(1_000_000);

const seconds = (most: number) => z.number().positive().max(most).optional();

export const routing = z.strictObject({
  connect_timeout_seconds: seconds(60),
  first_byte_timeout_seconds: seconds(3_600),
  idle_timeout_seconds: seconds(3_600),
  total_timeout_seconds: seconds(86_400),
});

/** A burst says how the minute's calls may be spread: without a limit it says nothing. */
export function checkBurst(rpm: number | null, burstValue: number | null): void {
  if (burstValue !== null && rpm === null) {
    throw new PublicError('invalid_request', 'burst: needs rate_limit_rpm too.', {
      issues: [{ path: 'burst', message: 'needs rate_limit_rpm too' }],
    });
  }
}
