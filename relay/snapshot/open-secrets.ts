import type { Logger } from '../../core/log.ts';
import type { AccessTokens } from '../../core/outbound/access-tokens.ts';
import { VaultError, VaultUnavailableError } from '../../core/vault/key-wrapper.ts';
import { credentialAssociation, type Vault } from '../../core/vault/vault.ts';
import type { LinkedCredential } from './build-route.ts';
import { foldVersions, type VersionRow } from './fold-versions.ts';
import type { SecretValues } from './secret-values.ts';

export interface LinkRow extends VersionRow {
  sealed: Buffer | null;
  wrappedKey: Buffer | null;
  wrapKeyId: string | null;
}

export interface SecretOpening {
  vault: Vault;
  secretValues: SecretValues;
  accessTokens: Pick<AccessTokens, 'forget'>;
  log: Logger;
}

/** So many organizations' keys are asked for at a time where the master key is remote. */
const CONCURRENT = 16;

/**
 * Invariant 1: from here on the values live in this process' memory only. One that does not open makes its agents
 * answer `credential_unavailable`, not the whole relay fail; unless the value is damaged, they are read again.
 */
export async function openSecrets(
  rows: readonly LinkRow[],
  opening: SecretOpening,
  isFullRead: boolean,
): Promise<Map<string, LinkedCredential[]>> {
  const { secretValues, accessTokens, log } = opening;
  const values = new Map<string, Map<string, string>>();
  const unopened: Error[] = [];
  const queue = rows.values();
  const openOneByOne = async () => {
    for (const row of queue) {
      const versions = values.get(row.credentialId) ?? new Map<string, string>();
      values.set(row.credentialId, versions);
      try {
        const value = await openSecret(row, opening);
        if (value !== null && row.versionId !== null) versions.set(row.versionId, value);
      } catch (error) {
        secretValues.noteUnopened(row.agentId);
        unopened.push(error as Error);
      }
    }
  };
  await Promise.all(Array.from({ length: CONCURRENT }, openOneByOne));
  for (const versionId of secretValues.update(values, isFullRead)) accessTokens.forget(versionId);
  if (unopened[0] !== undefined)
    log.error({ links: unopened.length, reason: reasonOf(unopened[0]) }, 'some credentials cannot be opened for now');

  return foldVersions(rows, ({ credentialId, versionId }) => values.get(credentialId)?.get(versionId ?? '') ?? null);
}

/** @throws whatever may be better in a moment */
async function openSecret(row: LinkRow, { vault, secretValues, log }: SecretOpening): Promise<string | null> {
  const { organizationId, credentialId, versionId, sealed, wrappedKey, wrapKeyId } = row;
  if (versionId === null || sealed === null || wrappedKey === null || wrapKeyId === null) return null;
  const known = secretValues.get(credentialId, versionId);
  if (known !== undefined) return known;
  const association = credentialAssociation(organizationId, credentialId, versionId);
  try {
    return (await vault.open({ sealed, wrappedKey, wrapKeyId }, association)).toString('utf8');
  } catch (error) {
    if (!(error instanceof VaultError)) throw error;
    log.error({ credentialId, versionId, reason: error.message }, 'a credential cannot be opened');
    return null;
  }
}

function reasonOf(error: Error): string {
  return error instanceof VaultUnavailableError ? (error.cause as Error).message : error.message;
}
