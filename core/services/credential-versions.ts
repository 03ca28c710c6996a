import { v7 as uuid } from 'uuid';
import { rotationMarker } from '../domain/rotators.ts';
import type { OrganizationTransaction } from '../store/database.ts';
import type { Vault } from '../vault/vault.ts';
import { sealVersion } from '../vault/version-values.ts';

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
  const sealed = await sealVersion(vault, { organizationId, credentialId, id }, value);
  await transaction.credentialVersion.create({
    data: {
      id,
      organizationId,
      credentialId,
      state: 'staged',
      ...sealed,
      createdBy,
      operationId,
      ...(providerReference && { marker: rotationMarker(operationId), providerReference: { ...providerReference } }),
    },
  });
  return id;
}
