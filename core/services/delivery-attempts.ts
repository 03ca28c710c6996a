import { type ChannelKind, MOST_MAILS_AN_HOUR } from '../domain/channel.ts';
import {
  ATTEMPT_LOST_AFTER_MS,
  type AttemptOutcome,
  isRepeatable,
  LONGEST_WAIT_MS,
  nextAttemptAt,
} from '../domain/delivery.ts';
import { HOUR_MS } from '../domain/times.ts';
import type { OrganizationTransaction } from '../store/database.ts';
import type { Channel, Delivery } from '../store/generated/client.ts';

/** An attempt that nobody else makes. */
export interface ClaimedDelivery extends Delivery {
  /** null: the default. */
  channel: Channel | null;
  /** The alert is a notice whose matter has ended: nobody needs to be told any more. */
  isPointless: boolean;
}

/**
 * Claims a delivery whose attempt is due, and writes down that it is being made, before it is. Invariant 5: what nobody
 * could recognise a second time is `unknown` from here until its receiver has spoken, so whoever dies in between, it is
 * not made again. What receivers know by its ID stays pending, and is made again.
 *
 * Deliveries of one alert by one channel keep their order: a later one waits while an earlier one is pending. A channel's mail
 * beyond what may be sent in an hour waits for its turn, which is no attempt.
 * @returns null where it is not due, not pending any more, somebody else's, or has to wait
 */
export async function claimDelivery(
  transaction: OrganizationTransaction,
  id: string,
  now: number,
): Promise<ClaimedDelivery | null> {
  const [due] = await transaction.$queryRaw<{ id: string }[]>`
    SELECT id FROM delivery d
    WHERE id = ${id}::uuid AND state = 'pending' AND next_attempt_at <= ${new Date(now)}
      AND NOT EXISTS (SELECT FROM delivery earlier WHERE earlier.alert_id = d.alert_id AND earlier.sequence < d.sequence
        AND earlier.channel_id IS NOT DISTINCT FROM d.channel_id AND earlier.state = 'pending')
    FOR UPDATE SKIP LOCKED`;
  if (due === undefined) return null;
  const found = await transaction.delivery.findUniqueOrThrow({ where: { id } });
  const { channelId, alertId, kind } = found;
  const channel = channelId === null ? null : await transaction.channel.findUniqueOrThrow({ where: { id: channelId } });
  const alert = alertId === null ? null : await transaction.alert.findUniqueOrThrow({ where: { id: alertId } });
  const isPointless = alert !== null && alert.ruleId === null && alert.state === 'resolved';
  const isMail = kind === 'email' && channel !== null && channel.deletedAt === null && !isPointless;
  const turn = isMail ? await turnOf(transaction, now) : null;
  if (turn !== null) {
    await wait(transaction, found, turn);
    return null;
  }
  const underWay = isRepeatable(kind as ChannelKind)
    ? { nextAttemptAt: new Date(now + ATTEMPT_LOST_AFTER_MS) }
    : {
        state: 'unknown',
        nextAttemptAt: null,
        lastError: 'It was handed over; whether it was taken is not on record.',
      };
  const delivery = await transaction.delivery.update({
    where: { id },
    data: { ...underWay, attempts: { increment: 1 }, updatedAt: new Date(now) },
  });
  return { ...delivery, channel, isPointless };
}

/** @returns when a mail of the organization's channels may go, behind those that wait already; null: now */
async function turnOf(transaction: OrganizationTransaction, now: number): Promise<Date | null> {
  const ofChannels = { kind: 'email', channelId: { not: null } };
  const sent = await transaction.delivery.findMany({
    where: { ...ofChannels, sentAt: { gt: new Date(now - HOUR_MS) } },
    select: { sentAt: true },
    orderBy: { sentAt: 'desc' },
    take: MOST_MAILS_AN_HOUR,
  });
  if (sent.length < MOST_MAILS_AN_HOUR) return null;
  const ahead = await transaction.delivery.count({
    where: { ...ofChannels, state: 'pending', nextAttemptAt: { gt: new Date(now) } },
  });
  // Each goes an hour after one that has gone, or will.
  const gone = sent.at(-1 - (ahead % MOST_MAILS_AN_HOUR))?.sentAt?.getTime() ?? now;
  return new Date(gone + HOUR_MS * (1 + Math.floor(ahead / MOST_MAILS_AN_HOUR)));
}

/** `updated_at` stays: it is since when the mail waits. */
async function wait(
  transaction: OrganizationTransaction,
  { id, updatedAt }: Pick<Delivery, 'id' | 'updatedAt'>,
  turn: Date,
): Promise<void> {
  const limit = `The organization's channels mail at most ${MOST_MAILS_AN_HOUR} times an hour`;
  const isTooLate = turn.getTime() - updatedAt.getTime() > LONGEST_WAIT_MS;
  await transaction.delivery.update({
    where: { id },
    data: isTooLate
      ? {
          state: 'failed',
          nextAttemptAt: null,
          lastError: `${limit}, and so many wait that its turn does not come within ${LONGEST_WAIT_MS / HOUR_MS} hours.`,
        }
      : { nextAttemptAt: turn, lastError: `${limit}: it waits for its turn.` },
  });
}

/** Records what became of an attempt; of one that counted as lost and was made again meanwhile, only that it arrived. */
export async function recordOutcome(
  transaction: OrganizationTransaction,
  { id, attempts }: Pick<Delivery, 'id' | 'attempts'>,
  outcome: AttemptOutcome,
  now: number,
): Promise<void> {
  const isNewest = { id, attempts, state: { in: ['pending', 'unknown'] } };
  await transaction.delivery.updateMany({
    where: outcome.outcome === 'sent' ? { id, state: { in: ['pending', 'unknown'] } } : isNewest,
    data: { ...columnsOf(outcome, attempts, now), updatedAt: new Date(now) },
  });
}

function columnsOf(outcome: AttemptOutcome, attempts: number, now: number) {
  switch (outcome.outcome) {
    case 'sent':
      return {
        state: 'sent',
        sentAt: new Date(now),
        nextAttemptAt: null,
        lastError: outcome.reason ?? null,
        addresses: [],
      };
    case 'refused':
      return { state: 'failed', nextAttemptAt: null, lastError: outcome.reason };
    case 'unknown':
      return { state: 'unknown', nextAttemptAt: null, lastError: outcome.reason };
    case 'later': {
      const next = nextAttemptAt(attempts, now, outcome.retryAfterSeconds);
      const state = next === null ? 'failed' : 'pending';
      const addresses = outcome.remaining === undefined ? {} : { addresses: outcome.remaining };
      return { state, nextAttemptAt: next, lastError: outcome.reason, ...addresses };
    }
  }
}
