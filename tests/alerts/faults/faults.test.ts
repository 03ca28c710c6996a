import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { killPoints, NOTHING_WRONG } from './kill-points.ts';
import { type AlertStage, startAlertStage } from './stage.ts';
import { runTrial } from './trial.ts';

/** Each run takes another kill point and step; a failed one names its seed: `SEED=<number>` runs it again. */
const seed = Number(process.env.SEED ?? Math.floor(Math.random() * 1_000));
const STEPS = 12;

describe(`alerts while a worker and Postgres are killed (seed ${seed})`, () => {
  let stage: AlertStage;
  beforeAll(async () => {
    stage = await startAlertStage();
  });
  afterAll(() => stage?.stop());

  test('no alert and no notification is lost, and none comes twice', async () => {
    const killAt = killPoints[seed % killPoints.length];
    const postgresDiesIn = 4 + (seed % (STEPS - 4));
    const outcome = await runTrial(stage, seed, async (step) => {
      if (step === 2) await stage.restartWorker(killAt);
      if (step === postgresDiesIn) await stage.killPostgres();
    });
    expect(outcome).toMatchObject(NOTHING_WRONG);
    expect(outcome.alerts).toBeGreaterThan(5);
    expect(stage.workerDeaths()).toBe(1);
  }, 150_000);
});
