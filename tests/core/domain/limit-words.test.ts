import { expect, test } from '@jest/globals';
import { z } from 'zod';
import { limitWords } from '../../../core/domain/limit-words.ts';

test.each([
  [z.int().max(2), 3, 'At most 2'],
  [z.int().min(1), 0, 'At least 1'],
  [z.number().positive(), 0, 'More than 0'],
  [z.number().lt(1), 1, 'Less than 1'],
  [z.string().min(1), '', 'At least 1 character'],
  [z.string().max(3), 'word', 'At most 3 characters'],
  [z.string().length(2), 'a', 'Exactly 2 characters'],
  [z.array(z.string()).max(1), ['a', 'b'], 'At most 1 item'],
  [z.int().max(2, 'no more than two'), 3, 'no more than two'],
  [z.int(), 'three', 'Invalid input: expected number, received string'],
] as const)('%#: a limit that was passed is told in our words, where the schema has none', (schema, input, told) => {
  const parsed = z.strictObject({ value: schema as z.ZodType }).safeParse({ value: input }, { error: limitWords });
  expect(parsed.error?.issues.map(({ message }) => message)).toEqual([told]);
});
