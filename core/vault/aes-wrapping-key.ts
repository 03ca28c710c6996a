import { decrypt, encrypt } from './aes-gcm.ts';
import { VaultError } from './key-wrapper.ts';
import type { WrappingKey } from './master-key.ts';

/** Wraps with AES-256-GCM in this process' memory. @param bytes 32 */
export function aesWrappingKey(id: string, bytes: Buffer): WrappingKey {
  return {
    id,
    wrap: async (key, context) => encrypt(bytes, key, context),
    async unwrap(wrappedKey, context) {
      try {
        return decrypt(bytes, wrappedKey, context);
      } catch {
        throw new VaultError(`A key wrapped by ${id} does not unwrap: it was changed.`);
      }
    },
  };
}
