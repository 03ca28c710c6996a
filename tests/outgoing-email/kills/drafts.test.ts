import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { describeNeeding } from '../../servers/describe-needing.ts';
import { draftUnderKills } from './draft-under-kills.ts';
import { type KillStage, startKillStage } from './stage.ts';

/** Each run kills at other moments; a failed one names its seed: `SEED=<number>` runs it again. */
const seed = Number(process.env.SEED ?? Math.floor(Math.random() * 1_000_000));

describeNeeding(['dovecot'], `drafts while workers and the IMAP server are killed (seed ${seed})`, () => {
  let stage: KillStage;
  beforeAll(async () => {
    stage = await startKillStage({ workers: 2, slowestMs: 0 });
  });
  afterAll(() => stage?.stop());

  test('each draft stands once, in its newest version', async () => {
    const figures = await draftUnderKills(stage, { seed, workerKills: 6, imapRestarts: 1 });
    process.stderr.write(`${JSON.stringify({ seed, ...figures })}\n`);
    expect([seed, figures.wrong]).toEqual([seed, []]);
  }, 240_000);
});
