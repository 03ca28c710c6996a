import type { Database, InstanceTransaction } from '../store/database.ts';
import { type KeyOwner, VaultError, type WrappedKey } from '../vault/key-wrapper.ts';
import type { VaultKeys } from '../vault/open-vault.ts';

/** Where wrapped keys stand: the names of a table and its columns. */
interface Place {
  table: string;
  id: string;
  idType: 'uuid' | 'text';
  wrappedKey: string;
  wrapKeyId: string;
}

type StoredKey = WrappedKey & { id: string };

const columns = { id: 'id', idType: 'uuid', wrappedKey: 'wrapped_key', wrapKeyId: 'wrap_key_id' } as const;
const ORGANIZATION_KEYS: Place = { ...columns, table: 'organization_key' };
const DATA_KEYS_OF_ORGANIZATION: Place[] = [
  { ...columns, table: 'credential_version' },
  { ...columns, table: 'agent_key' },
  { ...columns, table: 'email_message' },
  { ...columns, table: 'channel' },
  { ...columns, table: 'email_draft' },
  { ...columns, table: 'outgoing_email' },
];
const DATA_KEYS_OF_INSTALLATION: Place[] = [
  { ...columns, table: 'instance_key', id: 'purpose', idType: 'text' },
  { ...columns, table: 'person', wrappedKey: 'totp_wrapped_key', wrapKeyId: 'totp_wrap_key_id' },
];

/** Every column of a wrapped key, as `table.column`. */
export const WRAPPED_KEY_COLUMNS = [ORGANIZATION_KEYS, ...DATA_KEYS_OF_ORGANIZATION, ...DATA_KEYS_OF_INSTALLATION].map(
  ({ table, wrappedKey }) => `${table}.${wrappedKey}`,
);

/** Small enough for one transaction, also where each row tells the relays of itself. */
const BATCH = 200;

export interface Rewrapping {
  database: Database;
  keys: VaultKeys;
  /** Told after each batch, with what it changed. */
  onRewrapped: (count: number) => void;
  /** Told of each key that does not unwrap and stays as it was. */
  onLeft: (problem: string) => void;
}

/**
 * Brings all keys of one owner under the first master key: data keys directly or through the owner's current key, then the
 * owner's own keys. Only wrapped keys are read and written, sealed values never; whatever the order of events, each row
 * opens before, meanwhile and afterwards with the keys of the list. May be ended at any moment and run again.
 * @throws VaultUnavailableError
 */
export async function rewrapKeysOf(owner: KeyOwner, rewrapping: Rewrapping): Promise<void> {
  const { masterKeys, keyWrapper, organizationKeys } = rewrapping.keys;
  const currentKeyId = await keyWrapper.currentKeyId(owner);
  const rewrapDataKey = async (stored: StoredKey) => {
    const dataKey = await keyWrapper.unwrap(stored, owner);
    const wrapped = await keyWrapper.wrap(dataKey, owner);
    dataKey.fill(0);
    return wrapped;
  };
  for (const place of owner === null ? DATA_KEYS_OF_INSTALLATION : DATA_KEYS_OF_ORGANIZATION) {
    await rewrapPlace({ owner, place, wantedKeyId: currentKeyId, rewrap: rewrapDataKey }, rewrapping);
  }
  // Older ones are kept: a process that began with another list may still wrap with them.
  await rewrapPlace(
    {
      owner,
      place: ORGANIZATION_KEYS,
      wantedKeyId: masterKeys[0].id,
      rewrap: (stored) => organizationKeys.rewrap({ ...stored, owner }),
    },
    rewrapping,
  );
}

interface Work {
  owner: KeyOwner;
  place: Place;
  /** What stands beside a key that needs nothing. */
  wantedKeyId: string;
  rewrap: (stored: StoredKey) => Promise<WrappedKey>;
}

async function rewrapPlace(
  { owner, place, wantedKeyId, rewrap }: Work,
  { database, onRewrapped, onLeft }: Rewrapping,
): Promise<void> {
  const inOwner = <T>(work: (transaction: InstanceTransaction) => Promise<T>) =>
    owner === null ? database.inInstance(work) : database.inOrganization(owner, work);
  let after: string | null = null;
  for (;;) {
    const rows: StoredKey[] = await inOwner((transaction) => readBatch(transaction, place, wantedKeyId, after));
    const changes: { from: StoredKey; to: WrappedKey }[] = [];
    // Outside the transaction: a master key may be on another machine.
    for (const from of rows) {
      try {
        changes.push({ from, to: await rewrap(from) });
      } catch (error) {
        if (!(error instanceof VaultError)) throw error;
        onLeft(`${place.table} ${from.id}: ${error.message}`);
      }
    }
    onRewrapped(await inOwner((transaction) => writeBatch(transaction, place, changes)));
    after = rows.at(-1)?.id ?? null;
    if (rows.length < BATCH) return;
  }
}

function readBatch(
  transaction: InstanceTransaction,
  { table, id, idType, wrappedKey, wrapKeyId }: Place,
  wantedKeyId: string,
  after: string | null,
): Promise<StoredKey[]> {
  return transaction.$queryRawUnsafe<StoredKey[]>(
    `SELECT ${id}::text AS id, ${wrappedKey} AS "wrappedKey", ${wrapKeyId} AS "wrapKeyId" FROM ${table}
     WHERE ${wrapKeyId} <> $1 AND ($2::text IS NULL OR ${id} > $2::${idType}) ORDER BY ${table}.${id} LIMIT ${BATCH}`,
    wantedKeyId,
    after,
  );
}

/** Where a row changed meanwhile, that change stands; the next run takes it on. */
async function writeBatch(
  transaction: InstanceTransaction,
  { table, id, idType, wrappedKey, wrapKeyId }: Place,
  changes: { from: StoredKey; to: WrappedKey }[],
): Promise<number> {
  let count = 0;
  for (const { from, to } of changes) {
    count += await transaction.$executeRawUnsafe(
      `UPDATE ${table} SET ${wrappedKey} = $1, ${wrapKeyId} = $2 WHERE ${id} = $3::${idType} AND ${wrappedKey} = $4`,
      to.wrappedKey,
      to.wrapKeyId,
      from.id,
      from.wrappedKey,
    );
  }
  return count;
}
