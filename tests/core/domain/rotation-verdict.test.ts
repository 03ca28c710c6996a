import { describe, expect, test } from '@jest/globals';
import {
  canaryVerdict,
  drainVerdict,
  NO_EVIDENCE,
  type VersionEvidence,
} from '../../../core/domain/rotation-verdict.ts';

const seen = (evidence: Partial<VersionEvidence>): VersionEvidence => ({ ...NO_EVIDENCE, ...evidence });
const WINDOW = 300;

describe('the canary', () => {
  const verdictAfter = (
    seconds: number,
    fresh: Partial<VersionEvidence>,
    old: Partial<VersionEvidence> = { calls: 1_000 },
  ) => canaryVerdict({ new: seen(fresh), old: seen(old) }, seconds, WINDOW).verdict;

  test('rolls back at the third call that only the new value was refused, however early', () => {
    expect(verdictAfter(1, { calls: 3, refused: 2, blames: 2 })).toBe('watch_on');
    expect(verdictAfter(1, { calls: 3, refused: 3, blames: 3 })).toBe('worse');
  });

  test('blames nobody for calls that both values were refused', () => {
    expect(verdictAfter(WINDOW, { calls: 50, refused: 50, double_refusals: 50 })).toBe('clean');
  });

  test('is worse only by errors that the old value does not have as well', () => {
    expect(verdictAfter(10, { calls: 20, errors: 3 })).toBe('worse');
    expect(verdictAfter(10, { calls: 20, errors: 2 })).toBe('watch_on');
    expect(verdictAfter(10, { calls: 20, errors: 3 }, { calls: 1_000, errors: 100 })).toBe('watch_on');
    expect(verdictAfter(10, { calls: 100, errors: 4 })).toBe('watch_on');
  });

  test('needs its window and twenty calls, or three windows', () => {
    expect(verdictAfter(WINDOW - 1, { calls: 500 })).toBe('watch_on');
    expect(verdictAfter(WINDOW, { calls: 20 })).toBe('clean');
    expect(verdictAfter(WINDOW, { calls: 19 })).toBe('watch_on');
    expect(verdictAfter(3 * WINDOW, { calls: 19 })).toBe('clean');
  });

  test('without any call leaves it to the probe', () => {
    expect(verdictAfter(WINDOW, {}, {})).toBe('no_traffic');
    expect(verdictAfter(WINDOW, {}, { calls: 1 })).toBe('watch_on');
  });
});

describe('the drain', () => {
  const since = Date.parse('2026-01-01T00:00:00Z');
  const verdictAfter = (seconds: number, old: Partial<VersionEvidence>, fresh: Partial<VersionEvidence> = {}) =>
    drainVerdict({ new: seen(fresh), old: seen(old) }, { now: since + seconds * 1_000, since, drainSeconds: 60 })
      .verdict;

  test('is done when nobody has used the old value for long enough, counted from the move at the earliest', () => {
    expect(verdictAfter(59, {})).toBe('watch_on');
    expect(verdictAfter(60, {})).toBe('drained');
    expect(verdictAfter(60, { last_used_at: '2026-01-01T00:00:30Z' })).toBe('watch_on');
    expect(verdictAfter(90, { last_used_at: '2026-01-01T00:00:30Z' })).toBe('drained');
  });

  test('still rolls back, and does not last for ever', () => {
    expect(verdictAfter(60, {}, { blames: 3 })).toBe('worse');
    expect(verdictAfter(3_600, { last_used_at: '2026-01-01T00:59:59Z' })).toBe('drained');
  });
});
