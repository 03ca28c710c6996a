/** Wraps data keys: the one thing that differs between a local master key, a transit engine and a KMS. */
export interface KeyWrapper {
  /**
   * @param dataKey 32 bytes
   * @returns the wrapped key, and the ID of the key that wrapped it (kept beside it, so that older ones still unwrap)
   */
  wrap(dataKey: Buffer): Promise<{ wrappedKey: Buffer; wrapKeyId: string }>;
  /** @throws VaultError when the key with this ID is not at hand or the wrapped key was changed. */
  unwrap(wrappedKey: Buffer, wrapKeyId: string): Promise<Buffer>;
}

/** A secret could not be sealed or opened. The message carries no secret and no key. */
export class VaultError extends Error {
  override name = 'VaultError';
}
