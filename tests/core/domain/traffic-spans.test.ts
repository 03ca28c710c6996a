import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../../core/domain/times.ts';
import {
  alignedRange,
  asAdded,
  type SignedSpan,
  type TimeRange,
  trafficSpans,
  trafficSpansByDay,
} from '../../../core/domain/traffic-spans.ts';

const DAYS = 4;
const hour = fc.nat(DAYS * 24 - 1).map((index) => index * HOUR_MS);
const minute = fc.nat(DAYS * 24 * 60).map((index) => index * MINUTE_MS);
const situation = fc
  .record({ one: minute, other: minute, touched: fc.array(hour, { maxLength: 3 }), minutesFrom: hour, hoursFrom: hour })
  .filter(({ one, other }) => one !== other)
  .map(({ one, other, touched, minutesFrom, hoursFrom }) => {
    const state = { touchedHours: new Set(touched), minutesFrom };
    return {
      range: alignedRange({ from: Math.min(one, other), until: Math.max(one, other) }, state),
      state,
      hoursFrom,
    };
  });

/** How often each hour is read as days and hours have it. */
function hoursRead(spans: readonly SignedSpan[]): number[] {
  return Array.from({ length: DAYS * 24 }, (_, index) =>
    spans
      .filter(({ unit, from, until }) => unit !== 'minute' && from <= index * HOUR_MS && until > index * HOUR_MS)
      .reduce((sum, { sign }) => sum + sign, 0),
  );
}

/** Which times are read from minutes, side by side as one. */
function minutesRead(spans: readonly SignedSpan[]): TimeRange[] {
  const times: TimeRange[] = [];
  for (const { unit, from, until } of spans) {
    if (unit !== 'minute') continue;
    const last = times.at(-1);
    if (last?.until === from) last.until = until;
    else times.push({ from, until });
  }
  return times;
}

const hourCount = (spans: readonly SignedSpan[]) =>
  spans.reduce((sum, { unit, from, until }) => (unit === 'hour' ? sum + (until - from) / HOUR_MS : sum), 0);

test('days less their other hours are the same hours and minutes, and never more to read', () => {
  fc.assert(
    fc.property(situation, ({ range, state, hoursFrom }) => {
      const plain = trafficSpans(range, state, 'day').map(asAdded);
      const byDay = trafficSpansByDay(range, state, hoursFrom);
      expect(hoursRead(byDay)).toEqual(hoursRead(plain));
      expect(minutesRead(byDay)).toEqual(minutesRead(plain));
      expect(hourCount(byDay)).toBeLessThanOrEqual(hourCount(plain));
    }),
    { numRuns: 1_000 },
  );
});

test('nothing is taken away from a day that has other calls than its hours', () => {
  fc.assert(
    fc.property(situation, ({ range, state, hoursFrom }) => {
      const { touchedHours, minutesFrom } = state;
      for (const { from, sign } of trafficSpansByDay(range, state, hoursFrom)) {
        if (sign === 1) continue;
        const day = from - (from % DAY_MS);
        const late = [...touchedHours].filter((time) => time < minutesFrom && time >= day && time < day + DAY_MS);
        expect({ late, hoursAreKept: day >= hoursFrom }).toEqual({ late: [], hoursAreKept: true });
      }
    }),
    { numRuns: 1_000 },
  );
});

test('a week back: an answer takes the morning away from its first day, and the present hour from its last', () => {
  const state = { touchedHours: new Set([7 * DAY_MS + 9 * HOUR_MS]), minutesFrom: 5 * DAY_MS };
  expect(trafficSpansByDay({ from: 9 * HOUR_MS, until: 8 * DAY_MS }, state, 0)).toEqual([
    { unit: 'day', from: 0, until: DAY_MS, sign: 1 },
    { unit: 'hour', from: 0, until: 9 * HOUR_MS, sign: -1 },
    { unit: 'day', from: DAY_MS, until: 8 * DAY_MS, sign: 1 },
    { unit: 'hour', from: 7 * DAY_MS + 9 * HOUR_MS, until: 7 * DAY_MS + 10 * HOUR_MS, sign: -1 },
    { unit: 'minute', from: 7 * DAY_MS + 9 * HOUR_MS, until: 7 * DAY_MS + 10 * HOUR_MS, sign: 1 },
  ]);
});
