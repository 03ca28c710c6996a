import { z } from 'zod';
import { looksLikeId, NAME_PATTERN } from '../domain/names.ts';
import { parseDuration, parseTime } from '../domain/times.ts';

/** Members that many operations share, so that one word means one thing everywhere. */

export const name = z
  .string()
  .regex(NAME_PATTERN, 'use 1 to 63 of a-z, 0-9 and "-", beginning with a letter or digit')
  .refine((value) => !looksLikeId(value), 'a name may not look like an ID');

/** A name or an ID. */
export const reference = z.string().min(1).max(63);

export const labels = z.array(z.string().trim().min(1).max(64)).max(32);

export const expectedVersion = z
  .int()
  .min(1)
  .optional()
  .describe('Refuse when the version is another by now (409 version_mismatch).');

export const dryRun = z.boolean().optional().describe('Only tell what would happen.');

export const listed = {
  limit: z.int().min(1).max(200).default(20),
  cursor: z.string().max(500).optional().describe('next_cursor of the page before.'),
};

export const deleted = z.boolean().default(false).describe('List the deleted ones that can still be restored.');

/** A moment: RFC 3339, or `24h`, `7d`, `this_week`, `this_month`. */
export const moment = z
  .string()
  .max(40)
  .refine(
    (value) => parseTime(value, new Date()) !== undefined,
    'write an RFC 3339 time, 24h, 7d, this_week or this_month',
  );

export const duration = z
  .string()
  .max(10)
  .refine((value) => parseDuration(value) !== undefined, 'write a length such as 24h or 30d');

export const futureTime = z.iso
  .datetime({ offset: true })
  .refine((value) => Date.parse(value) > Date.now(), 'must be in the future');

/** A list's answer. */
export function pageOf<Item extends z.ZodType>(item: Item) {
  return z.object({ items: z.array(item), next_cursor: z.string().nullable() });
}
