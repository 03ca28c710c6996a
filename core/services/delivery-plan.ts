import type { Dependencies } from '../dependencies.ts';
import type { DeliveryMessage } from '../domain/delivery-message.ts';
import type { OrganizationTransaction } from '../store/database.ts';
import type { Channel, Delivery, Prisma } from '../store/generated/client.ts';
import { canSendMail } from './mail.ts';
import { type Addressees, addressesOf } from './member-addresses.ts';

/** So many stand in one mail at most; RFC 5321 §4.5.3.1.8 lets servers refuse more. */
const MOST_RECIPIENTS = 100;

export interface DeliveryPlan {
  alertId: string;
  /** Which of the alert's changes it is. */
  sequence: number;
  message: DeliveryMessage;
  /** null, or channels of which none is left: the default. */
  channelIds: readonly string[] | null;
}

type Target = Pick<Delivery, 'channelId' | 'kind' | 'addresses'>;

/**
 * Writes down what is to be delivered: one delivery for each channel, however often it is planned. The default is a mail
 * to the admins; without SMTP_URL the dashboard alone.
 * @returns the deliveries of this change, new or not
 */
export async function planDeliveries(
  transaction: OrganizationTransaction,
  dependencies: Pick<Dependencies, 'config'>,
  { channelIds, ...change }: DeliveryPlan,
): Promise<Delivery[]> {
  const channels = await transaction.channel.findMany({
    where: { id: { in: [...(channelIds ?? [])] }, deletedAt: null },
    orderBy: { id: 'asc' },
  });
  const targets =
    channels.length > 0
      ? channels.map((channel) => ({ channelId: channel.id, ...columnsOf(channel) }))
      : await defaultTargets(transaction, dependencies, ADMINS);
  return plan(transaction, change, targets);
}

/** A notice of the system: a mail to those whom it concerns, or to the admins where none of them is a member any more. */
export async function planNotice(
  transaction: OrganizationTransaction,
  dependencies: Pick<Dependencies, 'config'>,
  { to, ...notice }: { alertId: string; message: DeliveryMessage; to: Addressees },
): Promise<Delivery[]> {
  return plan(transaction, { ...notice, sequence: 1 }, await defaultTargets(transaction, dependencies, to));
}

async function plan(
  transaction: OrganizationTransaction,
  { alertId, sequence, message }: Omit<DeliveryPlan, 'channelIds'>,
  targets: Target[],
): Promise<Delivery[]> {
  const { organizationId } = transaction;
  const common = { organizationId, alertId, sequence, message: message as unknown as Prisma.InputJsonObject };
  await transaction.delivery.createMany({
    data: targets.map((target) => ({ ...common, ...target })),
    skipDuplicates: true,
  });
  return transaction.delivery.findMany({ where: { alertId, sequence }, orderBy: { id: 'asc' } });
}

const ADMINS: Addressees = { role: 'admin' };

async function defaultTargets(
  transaction: OrganizationTransaction,
  dependencies: Pick<Dependencies, 'config'>,
  to: Addressees,
): Promise<Target[]> {
  if (!canSendMail(dependencies)) return [];
  const concerned = await addressesOf(transaction, to);
  const addresses = concerned.length > 0 ? concerned : await addressesOf(transaction, ADMINS);
  if (addresses.length === 0) return [];
  return [{ channelId: null, kind: 'email', addresses: addresses.slice(0, MOST_RECIPIENTS) }];
}

/** Of a channel, as it is now: a mail's addresses go with the delivery, because of each must be known whether it got it. */
function columnsOf({ kind, addresses }: Channel) {
  return { kind, addresses };
}

/** A delivery that tries a channel out. */
export function planTest(
  transaction: OrganizationTransaction,
  channel: Channel,
  message: DeliveryMessage,
): Promise<Delivery> {
  return transaction.delivery.create({
    data: {
      organizationId: transaction.organizationId,
      channelId: channel.id,
      message: message as unknown as Prisma.InputJsonObject,
      ...columnsOf(channel),
    },
  });
}
