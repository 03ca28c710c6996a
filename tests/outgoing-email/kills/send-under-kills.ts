import { seededRandom } from '../../servers/seeded-random.ts';
import { killAtRandom } from './kept-process.ts';
import type { KillStage } from './stage.ts';

/** For one mail, on a machine that is busy with starting what was killed. */
const LONGEST_MS = 600_000;

interface Trial {
  seed: number;
  /** Mails at least; more are sent until enough was killed. */
  sends: number;
  /** Workers and receiving servers that are killed at least. */
  leastKills: number;
  /** So many are under way at once. */
  atOnce: number;
  killEveryMs: number;
  /** How often Temporal is ended and started again meanwhile. */
  temporalRestarts: number;
}

/** What came of mails that were sent while worker, Temporal and receiving server were killed. */
export interface SendFigures {
  sends: number;
  /** Mails that the receiving server took more than once. */
  duplicates: number;
  /** Mails that nobody knew of whether they were taken; each was asked about. */
  unknown: number;
  /** Of those, mails that the receiving server had. */
  unknownTaken: number;
  /** Mails that ended otherwise than sent, or are said to be sent and were not taken. */
  wrong: string[];
  workerKills: number;
  smtpKills: number;
  temporalKills: number;
  seconds: number;
}

/** Sends mails while things are killed at moments that the seed decides; then a person decides about those in doubt. */
export async function sendUnderKills(
  stage: KillStage,
  { seed, sends: leastSends, leastKills, atOnce, killEveryMs, temporalRestarts }: Trial,
): Promise<SendFigures> {
  const random = seededRandom(seed);
  const begunAt = Date.now();
  const senders = await Promise.all(Array.from({ length: 4 }, () => stage.sender()));
  let temporalKills = 0;
  const restartTemporal = async () => {
    if (temporalKills >= temporalRestarts) return;
    temporalKills += 1;
    await stage.temporal.restart();
  };
  const killing = killAtRandom(
    random,
    [...stage.workers.map((worker) => worker.kill), stage.smtp.kill, stage.smtp.kill, restartTemporal],
    { everyMs: killEveryMs },
  );
  const workerKills = () => stage.workers.reduce((sum, worker) => sum + worker.kills(), 0);
  const kills = () => workerKills() + stage.smtp.kills();
  const wrong: string[] = [];
  const inDoubt: { sender: (typeof senders)[number]; operationId: string; messageId: string }[] = [];
  let sends = 0;

  async function sendInTurn(): Promise<void> {
    while (sends < leastSends || kills() < leastKills) {
      const turn = sends++;
      const sender = senders[turn % senders.length];
      if (sender === undefined) return;
      const mail = { to: ['you@other.test'], subject: `Mail ${turn}`, text: 'Hello', undo_seconds: 0 };
      // Temporal may be away: then the caller is told so, and asks again.
      let answer = null;
      while (answer === null) {
        const input = { ...mail, mailbox: sender.mailbox.address };
        answer = await sender.call('send_email', input).catch((error: { code?: string }) => {
          if (error.code !== 'temporal_unavailable') throw error;
          return null;
        });
      }
      const operationId = answer.operation_id as string;
      const isSettled = ({ finishedAt, status }: { finishedAt: Date | null; status: string }) =>
        finishedAt !== null || status === 'unknown';
      const row = await sender.until(operationId, isSettled, LONGEST_MS);
      const { messageId } = await sender.outgoing(operationId);
      if (row.status === 'unknown') inDoubt.push({ sender, operationId, messageId });
      else if (row.status !== 'succeeded') wrong.push(`${row.status} ${JSON.stringify(row.error)}`);
    }
  }
  const sending = Array.from({ length: atOnce }, sendInTurn);
  // What was hurt last comes to its end undisturbed.
  await Promise.race(sending);
  await killing.stop();
  await Promise.all(sending);

  const before = new Set(await stage.received());
  for (const { sender, operationId, messageId } of inDoubt) {
    const decision = before.has(messageId) ? 'sent' : 'resend';
    await sender.call('resolve_operation', { operation: operationId, decision }).catch(async (error: unknown) => {
      // It may have shown itself meanwhile.
      if ((await sender.ends(operationId)).status !== 'succeeded') throw error;
    });
  }
  for (const { sender, operationId } of inDoubt) {
    const row = await sender.ends(operationId, 60_000);
    if (row.status !== 'succeeded') wrong.push(`${row.status} after a decision`);
  }

  const received = await stage.received();
  const counts = new Map<string, number>();
  for (const messageId of received) counts.set(messageId, (counts.get(messageId) ?? 0) + 1);
  const said = await Promise.all(
    senders.map((sender) =>
      sender.rows((transaction) => transaction.outgoingEmail.findMany({ where: { state: 'sent' } })),
    ),
  );
  for (const { messageId } of said.flat()) if (!counts.has(messageId)) wrong.push(`${messageId} was never taken`);
  if (said.flat().length !== sends) wrong.push(`${said.flat().length} of ${sends} are said to be sent`);
  const copies = await Promise.all(senders.map((sender) => sender.folder('Sent')));
  const copied = copies.flat().map((kept) => kept.messageId);
  if (new Set(copied).size !== copied.length || copied.length !== sends) wrong.push(`${copied.length} copies in Sent`);
  return {
    sends,
    duplicates: [...counts.values()].filter((count) => count > 1).length,
    unknown: inDoubt.length,
    unknownTaken: inDoubt.filter(({ messageId }) => before.has(messageId)).length,
    wrong,
    workerKills: workerKills(),
    smtpKills: stage.smtp.kills(),
    temporalKills,
    seconds: Math.round((Date.now() - begunAt) / 1_000),
  };
}
