import { z } from 'zod';
import { DAY_MS, LONGEST_RANGE_DAYS, parseTime } from '../domain/times.ts';
import { PublicError } from '../errors.ts';
import { parseStatus } from '../services/request-logs.ts';
import { listed, moment } from './members.ts';

export const status = z
  .string()
  .refine((value) => parseStatus(value) !== undefined, 'write a class such as 5xx or a status such as 503')
  .optional()
  .describe('A class such as 5xx, or a status such as 503.');

export const since = moment.default('24h').describe('RFC 3339, or 24h, 7d, this_week, this_month.');
export const until = moment.optional().describe('Now if left out.');

/** What the listings of request logs and audit events share. */
export const logListing = { status, since, until, ...listed };

/** @throws PublicError `invalid_request` for a range that ends before it starts, or is too long */
export function readRange(input: { since: string; until?: string | undefined }): {
  since: Date;
  until: Date | undefined;
} {
  const now = new Date();
  const since = parseTime(input.since, now) ?? now;
  const until = input.until === undefined ? undefined : parseTime(input.until, now);
  if (since >= now) throw wrong('since', 'must be in the past');
  if (until !== undefined && until <= since) throw wrong('until', 'must be later than since');
  if ((until ?? now).getTime() - since.getTime() > LONGEST_RANGE_DAYS * DAY_MS) {
    throw wrong('since', `look back over at most ${LONGEST_RANGE_DAYS} days`);
  }
  return { since, until };
}

export function wrong(path: string, message: string): PublicError {
  return new PublicError('invalid_request', `${path}: ${message}.`, { issues: [{ path, message }] });
}
