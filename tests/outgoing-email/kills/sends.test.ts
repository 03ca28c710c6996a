import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { describeNeeding } from '../../servers/describe-needing.ts';
import { sendUnderKills } from './send-under-kills.ts';
import { type KillStage, startKillStage } from './stage.ts';

/** Each run kills at other moments; a failed one names its seed: `SEED=<number>` runs it again. */
const seed = Number(process.env.SEED ?? Math.floor(Math.random() * 1_000_000));

describeNeeding(['dovecot'], `mails while worker, Temporal and receiving server are killed (seed ${seed})`, () => {
  let stage: KillStage;
  beforeAll(async () => {
    stage = await startKillStage({ workers: 2, slowestMs: 400 });
  });
  afterAll(() => stage?.stop());

  test('invariant 5: no mail is taken twice, and each in doubt is asked about', async () => {
    const figures = await sendUnderKills(stage, {
      seed,
      sends: 24,
      leastKills: 3,
      atOnce: 12,
      killEveryMs: 1_000,
      temporalRestarts: 1,
    });
    process.stderr.write(`${JSON.stringify({ seed, ...figures })}\n`);
    expect([seed, figures.duplicates, figures.wrong]).toEqual([seed, 0, []]);
  }, 240_000);
});
