import { type ChannelKind, MOST_MAILS_AN_HOUR } from '../domain/channel.ts';
import { ATTEMPT_LOST_AFTER_MS, type AttemptOutcome, isRepeatable, nextAttemptAt } from '../domain/delivery.ts';
import { HOUR_MS } from '../domain/times.ts';
import type { OrganizationTransaction } from '../store/database.ts';
import type { Channel, Delivery } from '../store/generated/client.ts';

/** An attempt that nobody else makes. */
export interface ClaimedDelivery extends Delivery {
  /** null: the default. */
  channel: Channel | null;
  /** The alert is a notice whose matter has ended: nobody needs to be told any more. */
  isPointless: boolean;
  /** The organization's channels have mailed as much as they may for now. */
  isTooMuch: boolean;
}

/**
 * Claims a delivery whose attempt is due, and writes down that it is being made, before it is. Invariant 5: what nobody
 * could recognise a second time is `unknown` from here until its receiver has spoken, so whoever dies in between, it is
 * not made again. What receivers know by its ID stays pending, and is made again.
 *
 * Deliveries of one alert by one channel keep their order: a later one waits while an earlier one is pending.
 * @returns null where it is not due, not pending any more, or somebody else's
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
  const { kind } = await transaction.delivery.findUniqueOrThrow({ where: { id }, select: { kind: true } });
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
  const { channelId, alertId } = delivery;
  const channel = channelId === null ? null : await transaction.channel.findUniqueOrThrow({ where: { id: channelId } });
  const alert = alertId === null ? null : await transaction.alert.findUniqueOrThrow({ where: { id: alertId } });
  return {
    ...delivery,
    channel,
    isPointless: alert !== null && alert.ruleId === null && alert.state === 'resolved',
    isTooMuch: kind === 'email' && channelId !== null && (await mailedInHour(transaction, now)) >= MOST_MAILS_AN_HOUR,
  };
}

function mailedInHour(transaction: OrganizationTransaction, now: number): Promise<number> {
  const since = new Date(now - HOUR_MS);
  return transaction.delivery.count({ where: { kind: 'email', channelId: { not: null }, sentAt: { gt: since } } });
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
