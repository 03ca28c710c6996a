import type { z } from 'zod';

/** What is counted, where it is no number. */
const UNITS: Partial<Record<string, string>> = { string: 'character', array: 'item' };
const NUMBERS = new Set(['number', 'int', 'bigint']);

function amount(limit: number | bigint, origin: string): string | undefined {
  if (NUMBERS.has(origin)) return String(limit);
  const unit = UNITS[origin];
  return unit === undefined ? undefined : `${limit} ${unit}${Number(limit) === 1 ? '' : 's'}`;
}

/**
 * Tells a limit that was passed in the product's words; for zod's parsing. A schema's own words come before it.
 * @returns undefined for any other issue
 */
export const limitWords: z.core.$ZodErrorMap = (issue) => {
  if (issue.code !== 'too_big' && issue.code !== 'too_small') return undefined;
  const isTooBig = issue.code === 'too_big';
  const told = amount(isTooBig ? issue.maximum : issue.minimum, issue.origin);
  if (told === undefined) return undefined;
  if (issue.exact) return `Exactly ${told}`;
  if (!issue.inclusive) return `${isTooBig ? 'Less' : 'More'} than ${told}`;
  return `${isTooBig ? 'At most' : 'At least'} ${told}`;
};
