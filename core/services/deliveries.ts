import type { ChannelKind } from '../domain/channel.ts';
import type { DeliveryState } from '../domain/delivery.ts';
import { type DeliveryMessage, typeOf } from '../domain/delivery-message.ts';
import { notFound } from '../errors.ts';
import type { OrganizationTransaction } from '../store/database.ts';
import type { Delivery } from '../store/generated/client.ts';
import { decodeCursor, type Page, toPage } from './pages.ts';

export async function findDelivery(transaction: OrganizationTransaction, id: string): Promise<Delivery> {
  const delivery = await transaction.delivery.findFirst({ where: { id } });
  if (delivery === null) throw notFound('delivery', id);
  return delivery;
}

function deliveryJson(delivery: Delivery, channelNames: Map<string, string>) {
  return {
    id: delivery.id,
    alert_id: delivery.alertId,
    channel: channelNames.get(delivery.channelId ?? '') ?? null,
    kind: delivery.kind as ChannelKind,
    type: typeOf(delivery.message as unknown as DeliveryMessage),
    state: delivery.state as DeliveryState,
    attempts: delivery.attempts,
    last_error: delivery.lastError,
    created_at: delivery.createdAt.toISOString(),
    next_attempt_at: delivery.nextAttemptAt?.toISOString() ?? null,
    sent_at: delivery.sentAt?.toISOString() ?? null,
  };
}

async function channelNames(
  transaction: OrganizationTransaction,
  deliveries: Pick<Delivery, 'channelId'>[],
): Promise<Map<string, string>> {
  const ids = [...new Set(deliveries.flatMap(({ channelId }) => channelId ?? []))];
  const channels = await transaction.channel.findMany({ where: { id: { in: ids } }, select: { id: true, name: true } });
  return new Map(channels.map(({ id, name }) => [id, name]));
}

export async function describeDelivery(transaction: OrganizationTransaction, delivery: Delivery) {
  return deliveryJson(delivery, await channelNames(transaction, [delivery]));
}

export interface DeliveryListing {
  alertId?: string | undefined;
  channelId?: string | undefined;
  state?: DeliveryState | undefined;
  limit: number;
  cursor?: string | undefined;
}

/** The newest first. */
export async function listDeliveries(
  transaction: OrganizationTransaction,
  { alertId, channelId, state, limit, cursor }: DeliveryListing,
): Promise<Page<Awaited<ReturnType<typeof describeDelivery>>>> {
  const position = decodeCursor(cursor);
  const rows = await transaction.delivery.findMany({
    where: {
      ...(alertId !== undefined && { alertId }),
      ...(channelId !== undefined && { channelId }),
      ...(state !== undefined && { state }),
      ...(position !== undefined && { id: { lt: position.id } }),
    },
    orderBy: { id: 'desc' },
    take: limit + 1,
  });
  const names = await channelNames(transaction, rows);
  return toPage(
    rows,
    limit,
    (row) => deliveryJson(row, names),
    ({ id }) => ({ sort: '', id }),
  );
}
