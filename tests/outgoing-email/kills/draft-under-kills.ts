import { seededRandom } from '../../servers/seeded-random.ts';
import { killAtRandom } from './kept-process.ts';
import type { KillStage } from './stage.ts';

const AT_ONCE = 8;

/** What came of drafts that were written and changed while workers and the IMAP server were killed. */
export interface DraftFigures {
  drafts: number;
  /** Drafts that stand in the mailbox more or less often than once, or in an older version. */
  wrong: string[];
  workerKills: number;
  imapRestarts: number;
  seconds: number;
}

/** Writes drafts, every second of which is changed once, until enough was killed; the seed decides the moments. */
export async function draftUnderKills(
  stage: KillStage,
  { seed, workerKills, imapRestarts }: { seed: number; workerKills: number; imapRestarts: number },
): Promise<DraftFigures> {
  const random = seededRandom(seed);
  const begunAt = Date.now();
  const sender = await stage.sender();
  const kills = () => stage.workers.reduce((sum, worker) => sum + worker.kills(), 0);
  let restarts = 0;
  const restartImap = async () => {
    if (restarts >= imapRestarts) return;
    restarts += 1;
    await stage.dovecot.restart();
  };
  const killing = killAtRandom(random, [...stage.workers.map((worker) => worker.kill), restartImap], { everyMs: 500 });
  const wrong: string[] = [];
  const expected = new Map<string, string>();
  let next = 0;

  async function draftInTurn(): Promise<void> {
    while (kills() < workerKills) {
      const turn = next++;
      const mail = { mailbox: sender.mailbox.address, to: ['you@other.test'], subject: `Draft ${turn}`, text: 'one' };
      const written = await sender.call('draft_email', mail);
      const draft = written.draft.id as string;
      const operations = [written.operation_id];
      if (turn % 2 === 1)
        operations.push((await sender.call('update_email_draft', { draft, text: 'two' })).operation_id);
      for (const operation of operations) {
        const row = await sender.ends(operation as string, 240_000);
        if (row.status !== 'succeeded') wrong.push(`${row.status} ${JSON.stringify(row.error)}`);
      }
      expected.set((await sender.draft(draft)).messageId, turn % 2 === 1 ? 'two' : 'one');
    }
  }
  const drafting = Array.from({ length: AT_ONCE }, draftInTurn);
  // What was hurt last comes to its end undisturbed.
  await Promise.race(drafting);
  await killing.stop();
  await Promise.all(drafting);

  const standing = await sender.folder('Drafts');
  for (const [messageId, text] of expected) {
    const found = standing.filter((kept) => kept.messageId === messageId);
    if (found.length !== 1 || !found[0]?.source.includes(text)) wrong.push(`${messageId} stands ${found.length} times`);
  }
  if (standing.length !== expected.size) wrong.push(`${standing.length} instead of ${expected.size} stand in Drafts`);
  return {
    drafts: expected.size,
    wrong,
    workerKills: kills(),
    imapRestarts: restarts,
    seconds: Math.round((Date.now() - begunAt) / 1_000),
  };
}
