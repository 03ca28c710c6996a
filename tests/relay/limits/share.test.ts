import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { shareOf } from '../../../relay/limits/share.ts';

test('the shares of all live processes add up to the quota, however few calls that is', () => {
  fc.assert(
    fc.property(fc.nat(5_000), fc.nat(0xffffff), fc.integer({ min: 1, max: 64 }), (quota, turn, count) => {
      const ids = Array.from({ length: count }, (_, index) => `process-${String(index).padStart(2, '0')}`);
      const shares = ids.map((id) => shareOf(quota, turn, ids, id));
      expect(shares.reduce((sum, share) => sum + share, 0)).toBe(quota);
      expect(Math.max(...shares) - Math.min(...shares)).toBeLessThanOrEqual(1);
    }),
  );
});

test('a process that no heartbeat tells of yet counts itself', () => {
  expect(shareOf(90, 0, ['a', 'b'], 'new')).toBe(30);
  expect(shareOf(90, 0, [], 'only')).toBe(90);
});
