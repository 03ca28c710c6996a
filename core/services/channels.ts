import type { ChannelKind } from '../domain/channel.ts';
import { MOST_CHANNELS } from '../domain/channel.ts';
import { looksLikeId } from '../domain/names.ts';
import { notFound, PublicError } from '../errors.ts';
import type { OrganizationTransaction } from '../store/database.ts';
import type { Channel } from '../store/generated/client.ts';
import { decodeCursor, type Page, toPage } from './pages.ts';
import { onlyRestorable, restorableBy } from './restorable.ts';

/** A channel that lives, by name or ID. Unknown, deleted and foreign ones answer alike. */
export async function findChannel(transaction: OrganizationTransaction, reference: string): Promise<Channel> {
  const channel = await transaction.channel.findFirst({
    where: { deletedAt: null, ...(looksLikeId(reference) ? { id: reference } : { name: reference }) },
  });
  if (channel === null) throw notFound('channel', reference);
  return channel;
}

/** The channel that a change starts from, locked. */
export async function lockChannel(transaction: OrganizationTransaction, id: string): Promise<Channel> {
  await transaction.$queryRaw`SELECT id FROM channel WHERE id = ${id}::uuid FOR UPDATE`;
  return findChannel(transaction, id);
}

/**
 * The channels that a rule names, in its order and each once. An app may name channels without seeing the list of them,
 * so a wrong name is told with the right ones.
 * @param references names or IDs
 * @throws PublicError `invalid_request`
 */
export async function findChannels(
  transaction: OrganizationTransaction,
  references: readonly string[],
): Promise<Pick<Channel, 'id' | 'name'>[]> {
  const all = await transaction.channel.findMany({
    where: { deletedAt: null },
    select: { id: true, name: true },
    orderBy: { name: 'asc' },
  });
  const found = references.map((reference) => {
    const channel = all.find(({ id, name }) => id === reference.toLowerCase() || name === reference);
    if (channel !== undefined) return channel;
    const names = all.length === 0 ? 'There is none yet' : `There are: ${all.map(({ name }) => name).join(', ')}`;
    const message = `there is no channel "${reference.slice(0, 80)}". ${names}; an admin makes channels on the dashboard`;
    throw new PublicError('invalid_request', `channels: ${message}.`, { issues: [{ path: 'channels', message }] });
  });
  return [...new Set(found)];
}

/** @throws PublicError `conflict` with the candidates when several deleted ones had this name */
export async function findDeletedChannel(transaction: OrganizationTransaction, reference: string): Promise<Channel> {
  const candidates = await transaction.channel.findMany({
    where: restorableBy(reference),
    orderBy: { deletedAt: 'desc' },
  });
  return onlyRestorable('channel', reference, candidates);
}

/** @throws PublicError `conflict` when the organization has as many as it may */
export async function requireRoomForChannel(transaction: OrganizationTransaction): Promise<void> {
  const count = await transaction.channel.count({ where: { deletedAt: null } });
  if (count < MOST_CHANNELS) return;
  throw new PublicError('conflict', `An organization has at most ${MOST_CHANNELS} channels. Delete one first.`);
}

/** What admins see of a channel: never what is sealed (invariant 1). */
export function describeChannel(channel: Channel) {
  return {
    id: channel.id,
    name: channel.name,
    kind: channel.kind as ChannelKind,
    addresses: channel.addresses,
    url: channel.url,
    fingerprint: channel.fingerprint,
    version: channel.version,
    created_at: channel.createdAt.toISOString(),
    deleted_at: channel.deletedAt?.toISOString() ?? null,
    restorable_until: channel.restorableUntil?.toISOString() ?? null,
  };
}

export type ChannelJson = ReturnType<typeof describeChannel>;

export async function listChannels(
  transaction: OrganizationTransaction,
  { deleted, limit, cursor }: { deleted: boolean; limit: number; cursor?: string | undefined },
): Promise<Page<ChannelJson>> {
  const position = decodeCursor(cursor);
  const rows = await transaction.channel.findMany({
    where: {
      ...(deleted ? { deletedAt: { not: null }, purgedAt: null } : { deletedAt: null }),
      ...(position !== undefined && {
        OR: [{ name: { gt: position.sort } }, { name: position.sort, id: { gt: position.id } }],
      }),
    },
    orderBy: [{ name: 'asc' }, { id: 'asc' }],
    take: limit + 1,
  });
  return toPage(rows, limit, describeChannel, ({ name, id }) => ({ sort: name, id }));
}
