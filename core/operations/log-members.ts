import { z } from 'zod';
import { parseTime } from '../domain/times.ts';
import { PublicError } from '../errors.ts';
import { parseStatus } from '../services/request-logs.ts';
import { listed, moment } from './members.ts';

/** What the listings of request logs and audit events share. */
export const logListing = {
  status: z
    .string()
    .refine((value) => parseStatus(value) !== undefined, 'write a class such as 5xx or a status such as 503')
    .optional()
    .describe('A class such as 5xx, or a status such as 503.'),
  since: moment.default('24h').describe('RFC 3339, or 24h, 7d, this_week, this_month.'),
  until: moment.optional(),
  ...listed,
};

/** The longest time that one listing may look back over. */
const LONGEST_DAYS = 400;

/** @throws PublicError `invalid_request` for a range that ends before it starts, or is too long */
export function readRange(input: { since: string; until?: string | undefined }): {
  since: Date;
  until: Date | undefined;
} {
  const now = new Date();
  const since = parseTime(input.since, now) ?? now;
  const until = input.until === undefined ? undefined : parseTime(input.until, now);
  if (until !== undefined && until <= since) {
    throw new PublicError('invalid_request', 'until: must be later than since.', {
      issues: [{ path: 'until', message: 'must be later than since' }],
    });
  }
  if ((until ?? now).getTime() - since.getTime() > LONGEST_DAYS * 86_400_000) {
    throw new PublicError('invalid_request', `since: look back over at most ${LONGEST_DAYS} days.`, {
      issues: [{ path: 'since', message: `look back over at most ${LONGEST_DAYS} days` }],
    });
  }
  return { since, until };
}
