import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  type BreakerState,
  newBreaker,
  nextProbeAt,
  opened,
  probeJudged,
  probing,
} from '../../../core/domain/circuit-breaker.ts';
import {
  breakerRules,
  breakerSettingsOf,
  DEFAULT_BREAKER_SETTINGS,
  isFailureStatus,
} from '../../../core/domain/circuit-breaker-settings.ts';
import { CallWindow, WINDOW_SLOTS } from '../../../core/domain/circuit-breaker-window.ts';

const NOW = 1_800_000_000_000;
const RULES = breakerRules(DEFAULT_BREAKER_SETTINGS);

describe('settings', () => {
  test('statuses are told by class and by number', () => {
    const rules = breakerRules(breakerSettingsOf({ failure_statuses: ['5xx', '429'] }));
    const failures = [200, 301, 404, 428, 429, 499, 500, 503, 599].filter((status) => isFailureStatus(rules, status));
    expect(failures).toEqual([429, 500, 503, 599]);
  });

  test('no status at all may count', () => {
    expect(isFailureStatus(breakerRules(breakerSettingsOf({ failure_statuses: [] })), 500)).toBe(false);
  });
});

describe('the cool-down', () => {
  /** Opens, cools down, and a probe says what it finds. */
  function afterProbe(state: BreakerState, outcome: 'success' | 'failure'): BreakerState {
    const open = state.name === 'open' ? state : opened(state, RULES, state.since);
    return probeJudged(probing(open, 'call', open.until, 1_000), outcome, RULES, open.until + 10);
  }

  test('doubles with each probe that fails, up to the longest', () => {
    let state: BreakerState = opened(newBreaker(NOW, 0), RULES, NOW);
    const seconds = [];
    for (let i = 0; i < 8; i += 1) {
      seconds.push(state.coolDownMs / 1_000);
      state = afterProbe(state, 'failure');
    }
    expect(seconds).toEqual([5, 10, 20, 40, 80, 160, 300, 300]);
  });

  test('goes on growing when it opens again soon, and begins anew after a steady time', () => {
    const closed = afterProbe(opened(newBreaker(NOW, 0), RULES, NOW), 'success');
    const steadyMs = RULES.windowMs + closed.coolDownMs;
    expect(opened(closed, RULES, closed.since + steadyMs - 1).coolDownMs).toBe(10_000);
    expect(opened(closed, RULES, closed.since + steadyMs).coolDownMs).toBe(5_000);
  });

  test('follows a clock that steps back without ending before it began', () => {
    const state = opened(newBreaker(NOW, 0), RULES, NOW - 60_000);
    expect(state.since).toBe(NOW);
    expect(nextProbeAt(state)).toBe(NOW + 5_000);
  });
});

describe('the window', () => {
  const calls = fc.array(fc.record({ afterMs: fc.nat({ max: 4_000 }), failed: fc.boolean() }), { maxLength: 60 });
  const slotOf = (time: number) => Math.floor(time / 1_000);

  test('holds what a plain list of the calls holds, counted here or told by others', () => {
    fc.assert(
      fc.property(calls, calls, (own, others) => {
        const [here, there] = [new CallWindow(10_000), new CallWindow(10_000)];
        const times: { time: number; failed: boolean }[] = [];
        for (const [window, list] of [
          [here, own],
          [there, others],
        ] as const) {
          let time = NOW;
          for (const { afterMs, failed } of list) {
            time += afterMs;
            window.count(time, failed);
            times.push({ time, failed });
          }
        }
        for (const { slot, calls, failures } of there.slots()) here.add(slot, calls, failures);
        const newest = slotOf(Math.max(NOW, ...times.map(({ time }) => time)));
        here.moveTo(newest * 1_000);
        const held = times.filter(({ time }) => slotOf(time) > newest - WINDOW_SLOTS);
        expect([here.calls, here.failures]).toEqual([held.length, held.filter(({ failed }) => failed).length]);
        expect(here.slots().reduce((sum, { calls }) => sum + calls, 0)).toBe(here.calls);
      }),
    );
  });

  test('counts a clock that steps back into its newest slot', () => {
    const window = new CallWindow(10_000);
    window.count(NOW, true);
    window.count(NOW - 60_000, true);
    expect(window.slots()).toEqual([{ slot: slotOf(NOW), calls: 2, failures: 2 }]);
  });
});
