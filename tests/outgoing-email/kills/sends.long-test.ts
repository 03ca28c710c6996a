import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { describeNeeding } from '../../servers/describe-needing.ts';
import { sendUnderKills } from './send-under-kills.ts';
import { type KillStage, startKillStage } from './stage.ts';

const seed = Number(process.env.SEED ?? 8);

describeNeeding(['dovecot'], `1,000 mails under random kills (seed ${seed})`, () => {
  let stage: KillStage;
  beforeAll(async () => {
    stage = await startKillStage({ workers: 3, slowestMs: 400 });
  }, 60_000);
  afterAll(() => stage?.stop(), 30_000);

  test('invariant 5: none is taken twice, and each in doubt is asked about', async () => {
    const figures = await sendUnderKills(stage, {
      seed,
      sends: 1_000,
      leastKills: 40,
      atOnce: 40,
      killEveryMs: 5_000,
      temporalRestarts: 8,
    });
    process.stderr.write(`${JSON.stringify({ seed, ...figures })}\n`);
    expect([figures.duplicates, figures.wrong]).toEqual([0, []]);
  }, 3_600_000);
});
