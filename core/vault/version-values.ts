import { fingerprint } from './fingerprint.ts';
import { credentialAssociation, type SealedSecret, type Vault } from './vault.ts';

/** Which version of which credential. */
interface VersionId {
  organizationId: string;
  credentialId: string;
  id: string;
}

/** A credential version's value as its row keeps it: sealed for that row alone. */
export async function sealVersion(vault: Vault, { organizationId, credentialId, id }: VersionId, value: string) {
  const association = credentialAssociation(organizationId, credentialId, id);
  const { sealed, wrappedKey, wrapKeyId } = await vault.seal(Buffer.from(value, 'utf8'), association);
  return {
    fingerprint: fingerprint(value),
    sealed: Buffer.from(sealed),
    wrappedKey: Buffer.from(wrappedKey),
    wrapKeyId,
  };
}

/** Opens what `sealVersion` sealed (invariant 1: for as long as it is used). @throws what the vault throws */
export async function openVersion(vault: Vault, version: VersionId & SealedSecret): Promise<string> {
  const { organizationId, credentialId, id, sealed, wrappedKey, wrapKeyId } = version;
  const association = credentialAssociation(organizationId, credentialId, id);
  return (await vault.open({ sealed, wrappedKey, wrapKeyId }, association)).toString('utf8');
}
