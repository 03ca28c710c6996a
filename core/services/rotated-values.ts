import type { Dependencies } from '../dependencies.ts';
import { PublicError } from '../errors.ts';
import type { OrganizationTransaction } from '../store/database.ts';
import type { Credential, Operation } from '../store/generated/client.ts';
import { openVersion } from '../vault/version-values.ts';
import { requireLinkedHosts } from './allowed-hosts.ts';
import { findRotationWithoutValue } from './credential-rotations.ts';
import { storeStagedVersion } from './credential-versions.ts';

export interface EnteredValue {
  credentialId: string;
  value: string;
  personId: string;
  allowedHosts: string[];
}

/**
 * Takes in the value that a rotation waits for, staged: the rotation tries it before any call takes it.
 * @returns null when no rotation waits for one
 * @throws PublicError `invalid_request` when it is the value that is to go
 */
export async function storeRotatedValue(
  transaction: OrganizationTransaction,
  { vault }: Pick<Dependencies, 'vault'>,
  { credentialId, value, personId, allowedHosts }: EnteredValue,
): Promise<{ credential: Credential; operation: Operation } | null> {
  const found = await transaction.credential.findFirst({ where: { id: credentialId, deletedAt: null } });
  const operation = found === null ? null : await findRotationWithoutValue(transaction, found);
  if (operation === null) return null;
  await requireAnotherValue(transaction, { vault }, credentialId, value);
  await requireLinkedHosts(transaction, credentialId, allowedHosts);
  await storeStagedVersion(transaction, vault, {
    credentialId,
    operationId: operation.id,
    value,
    providerReference: null,
    createdBy: personId,
  });
  const credential = await transaction.credential.update({
    where: { id: credentialId },
    data: { allowedHosts, version: { increment: 1 }, updatedAt: new Date() },
  });
  return { credential, operation };
}

/** Invariant 4: a rotation onto the same value would end the only one that works. */
async function requireAnotherValue(
  transaction: OrganizationTransaction,
  { vault }: Pick<Dependencies, 'vault'>,
  credentialId: string,
  value: string,
): Promise<void> {
  const current = await transaction.credentialVersion.findFirst({ where: { credentialId, state: 'current' } });
  if (current === null) return;
  if ((await openVersion(vault, current)) !== value) return;
  const message = 'This is the value that it has now. Make a new one at the provider.';
  throw new PublicError('invalid_request', `value: ${message}`, { issues: [{ path: 'value', message }] });
}
