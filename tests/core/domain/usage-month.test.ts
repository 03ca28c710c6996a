import { expect, test } from '@jest/globals';
import { projectRequests, rangeOfMonth } from '../../../core/domain/usage-month.ts';

const november = rangeOfMonth('2026-11');
const at = (text: string) => Date.parse(text);

test.each<[string, number | null, Parameters<typeof projectRequests>]>([
  [
    'goes on like the last week',
    3_000,
    [1_500, november, { since: at('2026-11-09'), requests: 700 }, at('2026-11-16')],
  ],
  [
    'on the first of a month like the week before',
    30 * 24,
    [12, november, { since: at('2026-10-25T12:00Z'), requests: 7 * 24 }, at('2026-11-01T12:00Z')],
  ],
  ['counts from the first call', 1_000, [500, november, { since: at('2026-11-11'), requests: 500 }, at('2026-11-21')]],
  [
    'unknown on the first day',
    null,
    [90, november, { since: at('2026-11-20'), requests: 90 }, at('2026-11-20T23:59Z')],
  ],
  ['unknown without a call', null, [0, november, { since: null, requests: 0 }, at('2026-11-20')]],
  ['a week of silence adds nothing', 90, [90, november, { since: null, requests: 0 }, at('2026-11-20')]],
  ['a month that is over is known', 90, [90, november, { since: null, requests: 0 }, at('2026-12-01')]],
])('projection: %s', (_, projected, given) => {
  expect(projectRequests(...given)).toBe(projected);
});

test('a month reaches from its first to the next one’s first, also over the year’s end', () => {
  expect(rangeOfMonth('2026-12')).toEqual({ from: at('2026-12-01'), until: at('2027-01-01') });
});
