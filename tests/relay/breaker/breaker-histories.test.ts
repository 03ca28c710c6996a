import { test } from '@jest/globals';
import { checkHistories } from './breaker-histories.ts';

test('10,000 random histories: one probe at a time, never below the minimum, evidence as counted, never stuck', () => {
  checkHistories(10_000);
});
