import { afterAll, beforeAll, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { advance, QUIET, type RuleState } from '../../core/domain/alert-state.ts';
import { MINUTE_MS } from '../../core/domain/times.ts';
import { type AlertTrial, startTrial } from './harness.ts';

let trial: AlertTrial;
let agentId: string;

beforeAll(async () => {
  trial = await startTrial();
  agentId = await trial.addAgent('agent');
});
afterAll(() => trial?.stop());

const MINUTES = 45;
const RULE = { name: 'errors', metric: 'error_rate', threshold: 0.25 };

/** Calls of a minute that were told of a while after it. */
interface Batch {
  minute: number;
  /** After the minute's end: 0 and 1 are in time, later ones are not for the windows that were looked at by then. */
  minutesLate: number;
  ok: number;
  failed: number;
  isRepeated: boolean;
}

const batch: fc.Arbitrary<Batch> = fc.record({
  minute: fc.nat(MINUTES - 1),
  minutesLate: fc.constantFrom(0, 0, 0, 1, 1, 2, 5),
  ok: fc.nat(3),
  failed: fc.nat(2),
  isRepeated: fc.boolean(),
});
const history = fc.record({
  batches: fc.array(batch, { minLength: 20, maxLength: 70 }),
  windowMinutes: fc.constantFrom(1, 3, 10),
  forMinutes: fc.constantFrom(0, 2, 6),
  /** After how many minutes each evaluation comes. */
  pauses: fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 8, maxLength: 20 }),
});
type History = typeof history extends fc.Arbitrary<infer Value> ? Value : never;

/** The minutes at whose ends there is an evaluation, the last one after all windows. */
function evaluations({ pauses }: History): number[] {
  const moments: number[] = [];
  for (const pause of pauses) moments.push((moments.at(-1) ?? 0) + pause);
  return [...moments.filter((moment) => moment < MINUTES + 2), MINUTES + 2];
}

/** What must come of it, by plain counting: a window is looked at once, at the first moment that is two minutes after its end. */
function expected(given: History): string[] {
  const { batches, windowMinutes, forMinutes } = given;
  const moments = evaluations(given);
  const spans: string[] = [];
  let state: RuleState = QUIET;
  let fired = 0;
  for (let end = 1; end <= MINUTES; end += 1) {
    const lookedAt = moments.find((moment) => moment >= end + 2) ?? Number.POSITIVE_INFINITY;
    const known = batches.filter(
      ({ minute, minutesLate }) =>
        minute < end && minute >= end - windowMinutes && minute + 1 + minutesLate <= lookedAt,
    );
    const failed = known.reduce((sum, each) => sum + each.failed, 0);
    const calls = known.reduce((sum, each) => sum + each.failed + each.ok, 0);
    const holds = calls === 0 ? null : failed / calls > RULE.threshold;
    const step = advance(state, holds, end * MINUTE_MS, forMinutes * MINUTE_MS);
    state = step.state;
    if (step.change === 'fired') fired = end;
    if (step.change === 'ended') spans.push(`${fired} to ${end}`);
  }
  return state.phase === 'firing' ? [...spans, `${fired} to null`] : spans;
}

test('whatever is late, repeated or missed, each window counts once, with what was known two minutes after its end', async () => {
  await fc.assert(
    fc.asyncProperty(history, async (given) => {
      await trial.sql.query(
        'TRUNCATE alert_rule, alert_evaluation, alert, traffic_minute, traffic_hour, traffic_touched, request_log CASCADE',
      );
      const { batches, windowMinutes, forMinutes } = given;
      await trial.createRule({ ...RULE, window_seconds: windowMinutes * 60, for_seconds: forMinutes * 60 });
      let told = 0;
      for (const moment of evaluations(given)) {
        const arrived = batches.filter(({ minute, minutesLate }) => {
          const arrival = minute + 1 + minutesLate;
          return arrival > told && arrival <= moment;
        });
        for (const { isRepeated, ...calls } of arrived) await trial.addCalls([{ agentId, ...calls }], isRepeated);
        if (moment % 3 === 0) await trial.jobs.logs.rollUpTraffic(() => {});
        await trial.evaluateUntil(moment - 2);
        told = moment;
      }
      const spans = (await trial.alerts()).map(({ fired, resolved }) => `${fired} to ${resolved}`);
      expect(spans).toEqual(expected(given));
    }),
    // A failing run is told as it is: making it smaller takes minutes.
    { numRuns: 15, endOnFailure: true },
  );
});
