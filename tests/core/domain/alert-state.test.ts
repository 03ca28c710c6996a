import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type Advance, advance, QUIET, type RuleState, restMs } from '../../../core/domain/alert-state.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../../core/domain/times.ts';

const START = 1_800_000_000_000;
type Sample = boolean | null;

/** The end of each window with what it came to, one window a minute. */
function run(samples: readonly Sample[], forMinutes: number): (Advance & { at: number; sample: Sample })[] {
  let state: RuleState = QUIET;
  return samples.map((sample, index) => {
    const at = START + index * MINUTE_MS;
    const step = advance(state, sample, at, forMinutes * MINUTE_MS);
    state = step.state;
    return { ...step, at, sample };
  });
}

const minutesOf = (samples: readonly Sample[], forMinutes: number, change: 'fired' | 'ended') =>
  run(samples, forMinutes).flatMap((step, minute) => (step.change === change ? [minute] : []));

const times = (count: number, sample: Sample): Sample[] => new Array(count).fill(sample);
/** Stretches of minutes that fare alike, as outages do. */
const samples = fc
  .array(fc.tuple(fc.constantFrom<Sample>(true, false, null), fc.integer({ min: 1, max: 40 })), { maxLength: 60 })
  .map((stretches) => stretches.flatMap(([sample, length]) => times(length, sample)));
const forMinutes = fc.integer({ min: 0, max: 60 });

describe('a rule with an agent', () => {
  test('fires only after the condition held for as long as it must, with no window against it meanwhile', () => {
    fc.assert(
      fc.property(samples, forMinutes, (given, minutes) => {
        const steps = run(given, minutes);
        for (const [index, { change, sample, state, at }] of steps.entries()) {
          if (change !== 'fired') continue;
          expect(sample).toBe(true);
          const since = state.since ?? 0;
          expect(at - since).toBeGreaterThanOrEqual(minutes * MINUTE_MS);
          const meanwhile = steps.slice((since - START) / MINUTE_MS, index + 1);
          expect(meanwhile[0]?.sample).toBe(true);
          expect(meanwhile.some((step) => step.sample === false)).toBe(false);
        }
      }),
    );
  });

  test('fires without fail where each window holds for so long', () => {
    fc.assert(
      fc.property(samples, forMinutes, (before, minutes) => {
        const steps = run([...before, ...times(minutes + 1, true)], minutes);
        expect(steps.at(-1)?.state.phase).toBe('firing');
      }),
    );
  });

  test('ends only after it rested, fires and ends by turns, and forgets in the end', () => {
    fc.assert(
      fc.property(samples, forMinutes, (given, minutes) => {
        const steps = run([...given, ...times(125, false)], minutes);
        const changes = steps.flatMap(({ change }) => change ?? []);
        expect(changes).toEqual(changes.map((_, index) => (index % 2 === 0 ? 'fired' : 'ended')));
        expect(changes.length % 2).toBe(0);
        expect(steps.at(-1)?.state).toEqual(QUIET);
        for (const [index, { change, state }] of steps.entries()) {
          if (change !== 'ended') continue;
          const restMinutes = restMs(minutes * MINUTE_MS, state.returns) / MINUTE_MS;
          const rested = steps.slice(index - restMinutes, index + 1);
          expect(rested.some(({ sample }) => sample === true)).toBe(false);
        }
      }),
    );
  });

  test('a condition that flaps, however it does, fires at most 27 times a day', () => {
    const flapping = fc.array(fc.integer({ min: 1, max: 70 }), { minLength: 20, maxLength: 400 });
    fc.assert(
      fc.property(flapping, (lengths) => {
        const day = lengths.flatMap((length, index) => times(length, index % 2 === 0)).slice(0, DAY_MS / MINUTE_MS);
        expect(minutesOf(day, 0, 'fired').length).toBeLessThanOrEqual(27);
      }),
    );
    const worst = Array.from({ length: DAY_MS / MINUTE_MS }, (_, minute) => minute % 6 === 0);
    expect(minutesOf(worst, 0, 'fired').length).toBeLessThanOrEqual(2);
  });
});

test('an error rate above its threshold for 10 minutes fires in the window that ends then, and ends 10 minutes later', () => {
  const outage = [...times(5, false), ...times(30, true), ...times(30, false)];
  expect(minutesOf(outage, 10, 'fired')).toEqual([15]);
  expect(minutesOf(outage, 10, 'ended')).toEqual([45]);
});

test('minutes without calls neither end what is pending nor fire by themselves', () => {
  expect(minutesOf([true, ...times(9, null), true], 10, 'fired')).toEqual([10]);
  expect(minutesOf([true, ...times(20, null)], 10, 'fired')).toEqual([]);
  expect(minutesOf([true, ...times(11, null), true, ...times(9, null), true], 10, 'fired')).toEqual([22]);
});

test('what comes back within an hour has to rest twice as long', () => {
  const restsOf = (times: number) => restMs(5 * MINUTE_MS, times) / MINUTE_MS;
  expect([0, 1, 2, 3, 4, 5].map(restsOf)).toEqual([5, 10, 20, 40, 60, 60]);
  const again = [true, ...times(6, false), true, ...times(11, false)];
  expect(minutesOf(again, 0, 'ended')).toEqual([6, 18]);
  const muchLater = [true, ...times(6, false), ...times(HOUR_MS / MINUTE_MS, false), true, ...times(6, false)];
  expect(minutesOf(muchLater, 0, 'ended')).toEqual([6, 73]);
});
