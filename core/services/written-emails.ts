import type { EmailContent } from '../outgoing-email/compose.ts';
import { type SealedSecret, type Vault, writtenEmailAssociation } from '../vault/vault.ts';

/** What a text belongs to. */
export interface WrittenEmail {
  organizationId: string;
  id: string;
}

/** Invariant 1 holds for what people write too: Postgres and its copies hold it sealed. */
export async function sealEmail(
  vault: Vault,
  kind: 'draft' | 'outgoing',
  { organizationId, id }: WrittenEmail,
  content: EmailContent,
) {
  const association = writtenEmailAssociation(organizationId, kind, id);
  const { sealed, wrappedKey, wrapKeyId } = await vault.seal(Buffer.from(JSON.stringify(content)), association);
  return { sealed: new Uint8Array(sealed), wrappedKey: new Uint8Array(wrappedKey), wrapKeyId };
}

/** @throws VaultError, VaultUnavailableError */
export async function openEmail(
  vault: Vault,
  kind: 'draft' | 'outgoing',
  { organizationId, id, sealed, wrappedKey, wrapKeyId }: WrittenEmail & SealedSecret,
): Promise<EmailContent> {
  const association = writtenEmailAssociation(organizationId, kind, id);
  return JSON.parse((await vault.open({ sealed, wrappedKey, wrapKeyId }, association)).toString('utf8'));
}
