import { randomBytes } from 'node:crypto';
import type { Database } from '../store/database.ts';
import type { Vault } from '../vault/vault.ts';

export type InstanceKeyPurpose =
  | 'cookies'
  | 'csrf'
  | 'idempotency'
  | 'temporal-payloads'
  | 'oauth-signing'
  | 'reveal-links'
  | 'mcp-rounds'
  | 'audit-signing'
  | 'outgoing-email';

export interface InstanceKeys {
  /**
   * The key for a purpose, made when it is first asked for; the same in every process.
   * @param make the bytes of a new one; 32 random bytes unless told
   */
  key(purpose: InstanceKeyPurpose, make?: () => Promise<Buffer> | Buffer): Promise<Buffer>;
}

/** Keys that the product itself uses, sealed in the database so that every process has the same. */
export function createInstanceKeys(database: Database, vault: Vault): InstanceKeys {
  const opened = new Map<InstanceKeyPurpose, Promise<Buffer>>();

  async function load(purpose: InstanceKeyPurpose, make: () => Promise<Buffer> | Buffer): Promise<Buffer> {
    const association = { owner: null, words: `instance|${purpose}` };
    const read = () => database.inInstance((transaction) => transaction.instanceKey.findUnique({ where: { purpose } }));
    const existing = await read();
    if (existing !== null) return vault.open(existing, association);
    const { sealed, wrappedKey, wrapKeyId } = await vault.seal(await make(), association);
    await database.inInstance(
      (transaction) => transaction.$executeRaw`
        INSERT INTO instance_key (purpose, sealed, wrapped_key, wrap_key_id)
        VALUES (${purpose}, ${sealed}, ${wrappedKey}, ${wrapKeyId}) ON CONFLICT DO NOTHING`,
    );
    const winner = await read();
    if (winner === null) throw new Error(`The instance key for ${purpose} was not kept.`);
    return vault.open(winner, association);
  }

  return {
    key(purpose, make = () => randomBytes(32)) {
      const known = opened.get(purpose);
      if (known !== undefined) return known;
      const loading = load(purpose, make);
      opened.set(purpose, loading);
      loading.catch(() => opened.delete(purpose));
      return loading;
    },
  };
}
