import { PublicError } from '../errors.ts';

/** What keys and secrets belong to; null: the installation (its own keys, people's authenticators). */
export type KeyOwner = string | null;

/** A key as it is stored, with the ID of the key that wrapped it, so that older ones still unwrap. */
export interface WrappedKey {
  wrappedKey: Uint8Array;
  wrapKeyId: string;
}

/** Wraps data keys: the one thing that differs between a local master key, a transit engine and a KMS. */
export interface KeyWrapper {
  /** @param dataKey 32 bytes */
  wrap(dataKey: Buffer, owner: KeyOwner): Promise<WrappedKey & { wrappedKey: Buffer }>;
  /**
   * @throws VaultError when the key that wrapped it is not at hand or the wrapped key was changed
   * @throws VaultUnavailableError
   */
  unwrap(wrapped: WrappedKey, owner: KeyOwner): Promise<Buffer>;
  /**
   * The ID of the key that `wrap` takes. Fetches or makes that key where it is an organization's, so that afterwards
   * `wrap` asks nobody: call it before a transaction.
   * @throws VaultUnavailableError
   */
  currentKeyId(owner: KeyOwner): Promise<string>;
}

/** A secret could not be sealed or opened. The message carries no secret and no key. */
export class VaultError extends Error {
  override name = 'VaultError';
}

/** A KMS or transit engine did not help, which may be better in a moment. The `cause` says why, for the log. */
export class VaultUnavailableError extends PublicError {
  constructor(service: string, reason: string) {
    super('vault_unavailable', 'The key service does not answer. Nothing was changed; try again shortly.', {
      retryAfterSeconds: 5,
      cause: new VaultError(`${service}: ${reason}`),
    });
    this.name = 'VaultUnavailableError';
  }
}
