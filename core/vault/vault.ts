import { randomBytes } from 'node:crypto';
import { decrypt, encrypt } from './aes-gcm.ts';
import { type KeyOwner, type KeyWrapper, VaultError, type WrappedKey } from './key-wrapper.ts';

/** A secret as it is stored: sealed by a data key of its own, which the key wrapper wraps. */
export interface SealedSecret extends WrappedKey {
  sealed: Uint8Array;
}

/** What a secret belongs to: it opens only with the same. */
export interface Association {
  owner: KeyOwner;
  /** The associated data of the sealing. */
  words: string;
}

export interface Vault {
  /** @throws VaultUnavailableError */
  seal(secret: Uint8Array, association: Association): Promise<SealedSecret & { sealed: Buffer; wrappedKey: Buffer }>;
  /**
   * @throws VaultError when it was changed, moved to another row, or its master key is not at hand
   * @throws VaultUnavailableError
   */
  open(secret: SealedSecret, association: Association): Promise<Buffer>;
  /**
   * Sees to it that sealing for this owner asks no other machine: call it before the transaction that seals or opens.
   * @throws VaultUnavailableError
   */
  prepare(owner: KeyOwner): Promise<void>;
}

/** Envelope encryption: AES-256-GCM with one data key a secret, wrapped by the key wrapper. */
export function createVault(keyWrapper: KeyWrapper): Vault {
  return {
    async seal(secret, { owner, words }) {
      const dataKey = randomBytes(32);
      const { wrappedKey, wrapKeyId } = await keyWrapper.wrap(dataKey, owner);
      const sealed = encrypt(dataKey, secret, words);
      dataKey.fill(0);
      return { sealed, wrappedKey, wrapKeyId };
    },
    async open({ sealed, ...wrapped }, { owner, words }) {
      const dataKey = await keyWrapper.unwrap(wrapped, owner);
      try {
        return decrypt(dataKey, Buffer.from(sealed), words);
      } catch {
        throw new VaultError('A sealed secret does not open: it was changed or belongs to another row.');
      } finally {
        dataKey.fill(0);
      }
    },
    async prepare(owner) {
      await keyWrapper.currentKeyId(owner);
    },
  };
}

/** What a credential's version belongs to. */
export function credentialAssociation(organizationId: string, credentialId: string, versionId: string): Association {
  return { owner: organizationId, words: `${organizationId}|${credentialId}|${versionId}` };
}

/** What an agent key that waits for its reveal belongs to. */
export function agentKeyAssociation(organizationId: string, agentKeyId: string): Association {
  return { owner: organizationId, words: `${organizationId}|agent-key|${agentKeyId}` };
}

/** What the text of a message belongs to. */
export function emailAssociation(organizationId: string, messageRowId: string): Association {
  return { owner: organizationId, words: `${organizationId}|email|${messageRowId}` };
}

/** What a channel's signing value, or its secret address, belongs to. */
export function channelAssociation(organizationId: string, channelId: string): Association {
  return { owner: organizationId, words: `${organizationId}|channel|${channelId}` };
}

/** What was written belongs to: to a draft, or to a mail on its way. */
export function writtenEmailAssociation(organizationId: string, kind: 'draft' | 'outgoing', id: string): Association {
  return { owner: organizationId, words: `${organizationId}|email-${kind}|${id}` };
}
