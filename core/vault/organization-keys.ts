import { randomBytes } from 'node:crypto';
import { v7 as uuid } from 'uuid';
import type { OrganizationKeyRow, OrganizationKeyStore } from '../store/organization-key-store.ts';
import { aesWrappingKey } from './aes-wrapping-key.ts';
import { type KeyOwner, VaultError, type WrappedKey } from './key-wrapper.ts';
import { type MasterKeys, masterKeyWithId, type WrappingKey } from './master-key.ts';

const PREFIX = 'organization-key/';

/** Whether a wrapping key's ID is an organization's; master keys have others. */
export function isOrganizationKeyId(id: string): boolean {
  return id.startsWith(PREFIX);
}

/**
 * The keys that stand between a remote master key and the data keys: one an organization and one for the installation.
 * Each is unwrapped once a process and then kept in memory, so that opening a secret asks no other machine.
 */
export class OrganizationKeys {
  readonly #masterKeys: MasterKeys;
  readonly #store: OrganizationKeyStore;
  readonly #current = new Map<KeyOwner, Promise<WrappingKey>>();
  readonly #opened = new Map<string, Promise<WrappingKey>>();

  constructor(masterKeys: MasterKeys, store: OrganizationKeyStore) {
    this.#masterKeys = masterKeys;
    this.#store = store;
  }

  /**
   * The newest one under the first master key; made when there is none. Its maker unwraps it too: what cannot be unwrapped
   * must not wrap anything.
   */
  current(owner: KeyOwner): Promise<WrappingKey> {
    return remember(this.#current, owner, async () => {
      const row = (await this.#store.newest(owner, this.#masterKeys[0].id)) ?? (await this.#make(owner));
      return this.#open(row);
    });
  }

  /** @param keyId as it stands beside a data key; a key of another owner is not found */
  withId(keyId: string, owner: KeyOwner): Promise<WrappingKey> {
    return remember(this.#opened, `${owner}|${keyId}`, async () => {
      const row = await this.#store.find(keyId.slice(PREFIX.length), owner);
      if (row === null) throw new VaultError(`There is no ${keyId}. Restore the database from a whole backup.`);
      return this.#openNow(row);
    });
  }

  /** The same key under the first master key. */
  async rewrap(row: OrganizationKeyRow): Promise<WrappedKey> {
    const [first] = this.#masterKeys;
    const bytes = await this.#unwrap(row);
    try {
      return { wrappedKey: await first.wrap(bytes, contextOf(row)), wrapKeyId: first.id };
    } finally {
      bytes.fill(0);
    }
  }

  async #make(owner: KeyOwner): Promise<OrganizationKeyRow> {
    const [first] = this.#masterKeys;
    const id = uuid();
    const bytes = randomBytes(32);
    const wrappedKey = await first.wrap(bytes, contextOf({ id, owner }));
    bytes.fill(0);
    return this.#store.addUnlessThere({ id, owner, wrappedKey, wrapKeyId: first.id });
  }

  #open(row: OrganizationKeyRow): Promise<WrappingKey> {
    return remember(this.#opened, `${row.owner}|${PREFIX}${row.id}`, () => this.#openNow(row));
  }

  async #openNow(row: OrganizationKeyRow): Promise<WrappingKey> {
    return aesWrappingKey(`${PREFIX}${row.id}`, await this.#unwrap(row));
  }

  #unwrap(row: OrganizationKeyRow): Promise<Buffer> {
    const masterKey = masterKeyWithId(this.#masterKeys, row.wrapKeyId);
    return masterKey.unwrap(Buffer.from(row.wrappedKey), contextOf(row));
  }
}

function contextOf({ id, owner }: Pick<OrganizationKeyRow, 'id' | 'owner'>): string {
  return `agentgateway organization key|${owner ?? 'installation'}|${id}`;
}

/** What failed is asked for again by the next caller. */
function remember<Key, Value>(map: Map<Key, Promise<Value>>, key: Key, load: () => Promise<Value>): Promise<Value> {
  const known = map.get(key);
  if (known !== undefined) return known;
  const loading = load();
  map.set(key, loading);
  loading.catch(() => map.delete(key));
  return loading;
}
