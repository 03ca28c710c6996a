import { VaultError } from './key-wrapper.ts';

/** Wraps keys of 32 bytes. */
export interface WrappingKey {
  /** Stands beside everything that it wrapped, and tells nothing of the key. */
  readonly id: string;
  /** @param context what the wrapped key is; it unwraps only with the same words */
  wrap(key: Buffer, context: string): Promise<Buffer>;
  /**
   * @throws VaultError when it was changed or the context is another
   * @throws VaultUnavailableError
   */
  unwrap(wrappedKey: Buffer, context: string): Promise<Buffer>;
}

/** A key of `AGENTGATEWAY_MASTER_KEY`. */
export interface MasterKey extends WrappingKey {
  /** It never leaves another machine: each wrapping is a call there, so it wraps one key an organization only. */
  readonly isRemote: boolean;
}

/** The first wraps, all unwrap. */
export type MasterKeys = readonly [MasterKey, ...MasterKey[]];

/** @throws VaultError that says what to do */
export function masterKeyWithId(masterKeys: MasterKeys, id: string): MasterKey {
  const masterKey = masterKeys.find((candidate) => candidate.id === id);
  if (masterKey === undefined) {
    throw new VaultError(
      `The master key ${id} is not among AGENTGATEWAY_MASTER_KEY. Add it to the list or, where that is not set, put the data folder’s master.key back.`,
    );
  }
  return masterKey;
}
