import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { limitsOfAgent } from '../../../relay/limits/limit.ts';
import { LocalWindows } from '../../../relay/limits/local-windows.ts';
import { MINUTE, SECOND, SlidingWindow, type Span } from '../../../relay/limits/sliding-window.ts';
import { seededRandom } from '../../servers/seeded-random.ts';
import { type History, mostInAnyWindow, storm } from './history.ts';

/** What a window with that quota lets in of calls at these times. */
function admitted(times: readonly number[], quota: number, span: Span): History {
  const window = new SlidingWindow(span);
  return times.filter((now) => {
    if (window.used(now) >= quota) return false;
    window.add(now);
    return true;
  });
}

const quota = fc.oneof(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 21, max: 2_000 }));
const seed = fc.integer();

describe('the checker itself', () => {
  test('finds a window that holds too many, also where it begins between two slots', () => {
    expect(mostInAnyWindow([0, 59_999], 60_000)).toBe(2);
    expect(mostInAnyWindow([0, 60_000], 60_000)).toBe(1);
    expect(mostInAnyWindow([0, 40_000, 99_998, 99_999], 60_000)).toBe(3);
  });
});

describe('N RPM is at most N calls in any 60 seconds', () => {
  test.each([
    ['a minute', MINUTE],
    ['a second', SECOND],
    ['a span without any margin', { windowMs: 1_000, holdMs: 1_000, slotMs: 100 }],
  ])('over seeded storms: no window of %s ever holds more', (_, span) => {
    fc.assert(
      fc.property(quota, seed, (most, stormSeed) => {
        const times = storm(seededRandom(stormSeed), 4_000, span.windowMs);
        return mostInAnyWindow(admitted(times, most, span), span.windowMs) <= most;
      }),
      { numRuns: 300 },
    );
  });

  test('also while the limit changes: each call is let in only below the limit of its moment', () => {
    fc.assert(
      fc.property(seed, (stormSeed) => {
        const random = seededRandom(stormSeed);
        const window = new SlidingWindow(MINUTE);
        const history: number[] = [];
        let most = 50;
        for (const now of storm(random, 3_000, MINUTE.windowMs)) {
          if (random() < 0.01) most = 1 + Math.floor(random() * 500);
          const before = history.filter((at) => now - at < MINUTE.windowMs).length;
          if (window.used(now) >= most) continue;
          if (before >= most) return false;
          window.add(now);
          history.push(now);
        }
        return true;
      }),
      { numRuns: 30 },
    );
  });
});

describe('at least 98 % of N is usable under steady load', () => {
  test.each([1, 7, 60, 300, 5_000, 50_000])('N = %d, offered twice as fast', (most) => {
    const minutes = 20;
    // Where N is small a call that is too early must come again before long, or the load itself is not steady.
    const gap = Math.min(MINUTE.windowMs / most / 2, 100);
    const times = Array.from({ length: (minutes * MINUTE.windowMs) / gap }, (_, index) => index * gap);
    expect(admitted(times, most, MINUTE).length / (most * minutes)).toBeGreaterThanOrEqual(0.98);
  });
});

describe('a refused call consumes nothing', () => {
  test('whoever is refused without end is let in as soon as the first call has left', () => {
    const window = new SlidingWindow(MINUTE);
    window.add(0);
    for (let now = 1; now < MINUTE.holdMs; now += 1) window.used(now);
    expect(window.used(MINUTE.holdMs - 1)).toBe(1);
    expect(window.used(MINUTE.holdMs)).toBe(0);
  });

  test('the time told is the time at which so many have left', () => {
    const window = new SlidingWindow(MINUTE);
    for (const at of [0, 1_000, 1_001, 5_000]) window.add(at);
    expect(window.used(10_000)).toBe(4);
    // The second and the third are one moment: the latter's.
    expect([1, 2, 3, 4].map((calls) => window.untilLeft(calls, 10_000) - MINUTE.holdMs + 10_000)).toEqual([
      0, 1_001, 1_001, 5_000,
    ]);
    expect(window.untilLeft(5, 10_000)).toBe(0);
  });
});

describe('memory', () => {
  test('windows are kept for limits in use only', () => {
    const windows = new LocalWindows();
    try {
      for (let agent = 0; agent < 10_000; agent += 1) {
        const limits = limitsOfAgent(`agent-${agent}`, 10, null);
        for (const limit of limits?.list ?? []) windows.of(limit).add(agent < 9_000 ? 0 : 30_000);
      }
      for (let round = 0; round < 100; round += 1) windows.sweep(MINUTE.holdMs);
      expect(windows.size).toBe(1_000);
    } finally {
      windows.stop();
    }
  });
});
