import { setTimeout as pause } from 'node:timers/promises';
import type { Logger } from '../log.ts';
import type { AccessToken } from '../outbound/fetch-access-token.ts';
import type { Database, OrganizationTransaction } from '../store/database.ts';
import type { CredentialVersion } from '../store/generated/client.ts';
import type { Vault } from '../vault/vault.ts';
import { openVersion, sealVersion } from '../vault/version-values.ts';
import { recordSystemEvent } from './audit.ts';

interface RefreshDependencies {
  database: Database;
  vault: Vault;
  log: Logger;
}

type VersionOfToken = Pick<CredentialVersion, 'id' | 'organizationId' | 'credentialId'>;

const KEEP_AGAIN_MS = 1_000;

/**
 * Asks with the refresh token that a credential's version holds, and keeps what the provider gives in its place. One may
 * serve once only, and who shows it twice may lose the grant (RFC 9700 §4.14.2): one process asks at a time, each with the
 * newest. It is the same grant, so the version stays the same.
 */
export function askWithRefreshToken(
  dependencies: RefreshDependencies,
  version: VersionOfToken,
  ask: (refreshToken: string) => Promise<AccessToken>,
): Promise<AccessToken> {
  const { database, vault } = dependencies;
  const { id, organizationId } = version;
  return database.exclusively(`refresh_token/${id}`, async () => {
    const current = await database.inOrganization(organizationId, (transaction) =>
      transaction.credentialVersion.findFirstOrThrow({ where: { id, state: 'current' } }),
    );
    const present = await openVersion(vault, current);
    const answer = await ask(present);
    const { refreshToken = present } = answer;
    if (refreshToken !== present) await keep(dependencies, version, refreshToken);
    return answer;
  });
}

/** Nobody else knows it, and the old one may be worth nothing by now: it is tried until it is on disk. */
async function keep(
  { database, vault, log }: RefreshDependencies,
  version: VersionOfToken,
  refreshToken: string,
): Promise<void> {
  for (;;) {
    try {
      const data = await sealVersion(vault, version, refreshToken);
      await database.inOrganization(version.organizationId, async (transaction) => {
        const kept = { id: version.id, state: { not: 'revoked' } };
        const { count } = await transaction.credentialVersion.updateMany({ where: kept, data });
        if (count > 0) await auditReplacement(transaction, version);
      });
      return;
    } catch (error) {
      log.warn({ err: error, credentialVersionId: version.id }, 'a new refresh token is not on disk yet');
      await pause(KEEP_AGAIN_MS);
    }
  }
}

async function auditReplacement(
  transaction: OrganizationTransaction,
  { id, credentialId }: VersionOfToken,
): Promise<void> {
  const { name } = await transaction.credential.findUniqueOrThrow({ where: { id: credentialId } });
  await recordSystemEvent(transaction, {
    action: 'replace_refresh_token',
    target: { kind: 'credential', id: credentialId, name },
    arguments: { version: id },
  });
}
