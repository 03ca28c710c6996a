import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { seededRandom } from '../../servers/seeded-random.ts';
import { killPoints, NOTHING_WRONG } from './kill-points.ts';
import { type AlertStage, startAlertStage } from './stage.ts';
import { type AlertOutcome, runTrial } from './trial.ts';

const STEPS = 12;

describe('alerts at every kill point, and with a Postgres that dies again and again', () => {
  let stage: AlertStage;
  const outcomes: AlertOutcome[] = [];
  let postgresDeaths = 0;

  beforeAll(async () => {
    stage = await startAlertStage();
  }, 60_000);
  afterAll(async () => {
    const sums = (['alerts', 'changes', 'posts', 'lost', 'doubled'] as const).map((member) => [
      member,
      outcomes.reduce((total, outcome) => total + outcome[member], 0),
    ]);
    const figures = { ...Object.fromEntries(sums), workerDeaths: stage?.workerDeaths(), postgresDeaths };
    process.stderr.write(`${JSON.stringify(figures)}\n`);
    await stage?.stop();
  }, 30_000);

  async function expectNothingWrong(seed: number, disturb: (step: number) => Promise<void>): Promise<void> {
    const outcome = await runTrial(stage, seed, disturb);
    outcomes.push(outcome);
    expect(outcome).toMatchObject(NOTHING_WRONG);
    expect(outcome.alerts).toBeGreaterThan(5);
  }

  test.each(killPoints.map((killAt, index) => [killAt, index] as const))(
    'a worker killed at %s, twice',
    async (killAt, index) => {
      const deaths = stage.workerDeaths();
      await expectNothingWrong(100 + index, async (step) => {
        if (step === 2 || step === 7) await stage.restartWorker(killAt);
      });
      expect(stage.workerDeaths() - deaths).toBe(2);
    },
    240_000,
  );

  test.each([1, 2, 3, 4])(
    'Postgres killed in every second step, at a moment that seed %i decides',
    async (seed) => {
      const random = seededRandom(seed);
      await expectNothingWrong(200 + seed, async (step) => {
        if (step % 2 === 1 || step === STEPS) return;
        await pause(random() * 800);
        postgresDeaths += 1;
        await stage.killPostgres();
      });
    },
    240_000,
  );
});
