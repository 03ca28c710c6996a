import { v7 as uuid } from 'uuid';
import { rotationMarker } from '../domain/rotators.ts';
import type { OrganizationTransaction } from '../store/database.ts';
import { fingerprint } from '../vault/fingerprint.ts';
import { credentialAssociation, type Vault } from '../vault/vault.ts';

/** A value that a rotation brings, minted by a rotator or entered by a person. */
export interface NewVersion {
  credentialId: string;
  operationId: string;
  value: string;
  /** null: entered by a person. */
  providerReference: { id: string } | null;
  createdBy: string;
}

/**
 * Seals a rotation's new value into the vault, staged: no call takes it yet.
 * @throws a unique violation when one is staged already
 */
export async function storeStagedVersion(
  transaction: OrganizationTransaction,
  vault: Vault,
  { credentialId, operationId, value, providerReference, createdBy }: NewVersion,
): Promise<string> {
  const { organizationId } = transaction;
  const id = uuid();
  const sealed = await vault.seal(Buffer.from(value, 'utf8'), credentialAssociation(organizationId, credentialId, id));
  await transaction.credentialVersion.create({
    data: {
      id,
      organizationId,
      credentialId,
      state: 'staged',
      fingerprint: fingerprint(value),
      sealed: Buffer.from(sealed.sealed),
      wrappedKey: Buffer.from(sealed.wrappedKey),
      wrapKeyId: sealed.wrapKeyId,
      createdBy,
      operationId,
      ...(providerReference && { marker: rotationMarker(operationId), providerReference: { ...providerReference } }),
    },
  });
  return id;
}
