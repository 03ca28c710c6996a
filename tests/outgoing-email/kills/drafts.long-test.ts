import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { describeNeeding } from '../../servers/describe-needing.ts';
import { draftUnderKills } from './draft-under-kills.ts';
import { type KillStage, startKillStage } from './stage.ts';

const seed = Number(process.env.SEED ?? 8);

describeNeeding(['dovecot'], `drafts over 200 kills (seed ${seed})`, () => {
  let stage: KillStage;
  beforeAll(async () => {
    stage = await startKillStage({ workers: 4, slowestMs: 0 });
  }, 60_000);
  afterAll(() => stage?.stop(), 30_000);

  test('each draft stands once, in its newest version', async () => {
    const figures = await draftUnderKills(stage, { seed, workerKills: 200, imapRestarts: 10 });
    process.stderr.write(`${JSON.stringify({ seed, ...figures })}\n`);
    expect(figures.wrong).toEqual([]);
  }, 3_600_000);
});
