import { randomBytes } from 'node:crypto';
import { decrypt, encrypt } from './aes-gcm.ts';
import { type KeyWrapper, VaultError } from './key-wrapper.ts';

/** A secret as it is stored: sealed by a data key of its own, which the master key wraps. */
export interface SealedSecret {
  sealed: Uint8Array;
  wrappedKey: Uint8Array;
  wrapKeyId: string;
}

export interface Vault {
  /**
   * @param associatedData what the secret belongs to; it opens only with the same words
   */
  seal(secret: Uint8Array, associatedData: string): Promise<SealedSecret & { sealed: Buffer; wrappedKey: Buffer }>;
  /** @throws VaultError when it was changed, moved to another row, or its master key is not at hand */
  open(secret: SealedSecret, associatedData: string): Promise<Buffer>;
}

/** Envelope encryption: AES-256-GCM with one data key a secret, wrapped by the key wrapper. */
export function createVault(keyWrapper: KeyWrapper): Vault {
  return {
    async seal(secret, associatedData) {
      const dataKey = randomBytes(32);
      const { wrappedKey, wrapKeyId } = await keyWrapper.wrap(dataKey);
      const sealed = encrypt(dataKey, secret, associatedData);
      dataKey.fill(0);
      return { sealed, wrappedKey, wrapKeyId };
    },
    async open({ sealed, wrappedKey, wrapKeyId }, associatedData) {
      const dataKey = await keyWrapper.unwrap(Buffer.from(wrappedKey), wrapKeyId);
      try {
        return decrypt(dataKey, Buffer.from(sealed), associatedData);
      } catch {
        throw new VaultError('A sealed secret does not open: it was changed or belongs to another row.');
      } finally {
        dataKey.fill(0);
      }
    },
  };
}

/** The associated data of a credential's version. */
export function credentialAssociation(organizationId: string, credentialId: string, versionId: string): string {
  return `${organizationId}|${credentialId}|${versionId}`;
}

/** The associated data of an agent key that waits for its reveal. */
export function agentKeyAssociation(organizationId: string, agentKeyId: string): string {
  return `${organizationId}|agent-key|${agentKeyId}`;
}
