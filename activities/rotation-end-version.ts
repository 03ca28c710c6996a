import type { CredentialRotation } from '../core/domain/rotation.ts';
import type { Attempt } from '../core/domain/rotation-workflow.ts';
import { type ProviderReference, type Rotator, RotatorError } from '../core/rotators/rotator.ts';
import type { CredentialVersion } from '../core/store/generated/client.ts';
import { openVersion } from '../core/vault/version-values.ts';
import { throughDoubt, waitForDecision } from './key-in-doubt.ts';
import type { RotationDependencies } from './rotation-dependencies.ts';
import { auditRotation, lockRotation, stepBegan } from './rotation-rows.ts';

/** `kept`: it stays at the provider, a person said so; else it is refused there, proven. */
export type VersionEnd = { outcome: 'done'; kept: boolean } | Extract<Attempt, { outcome: 'later' }>;

/** A person ended it by hand, which is yet to be proven. */
const proveSoon = { outcome: 'later', retryAfterSeconds: 1 } as const;

/** What does not go through for a day needs a person. */
const PATIENCE_MS = 86_400_000;
const PERMANENT_RETRY_SECONDS = 300;

/**
 * Ends a version that no relay uses any more: at the provider, then with a call that must be refused, then in the vault.
 * @throws RotatorError `retryable` as long as one of it does not go through
 */
export async function endVersion(
  dependencies: RotationDependencies,
  rotation: CredentialRotation,
  rotator: Rotator,
  version: CredentialVersion,
): Promise<VersionEnd> {
  const value = await openVersion(dependencies.vault, version);
  const reference = version.providerReference as unknown as ProviderReference | null;
  const outcome = await throughDoubt(dependencies, rotation, rotator, async () => {
    try {
      if (version.revokedAt === null) await rotator.revoke({ provider_reference: reference, value });
      const endedAt = version.revokedAt ?? (await markEnded(dependencies, rotation, version));
      await proveRefused(rotator, value, endedAt);
    } catch (error) {
      throw await escalated(dependencies, rotation, error);
    }
  });
  if (outcome === 'asked') return waitForDecision;
  if (outcome === 'removed') {
    await markEnded(dependencies, rotation, version);
    return proveSoon;
  }
  const kept = outcome === 'kept';
  await closeVersion(dependencies, rotation, version, kept ? 'keep_key_at_provider' : 'revoke_version');
  return { outcome: 'done', kept };
}

/** The proof counts from now on. */
async function markEnded(
  { database }: RotationDependencies,
  { organizationId }: CredentialRotation,
  { id }: CredentialVersion,
): Promise<Date> {
  const revokedAt = new Date();
  await database.inOrganization(organizationId, (transaction) =>
    transaction.credentialVersion.update({ where: { id }, data: { revokedAt } }),
  );
  return revokedAt;
}

/** @throws RotatorError `in_doubt` when the provider goes on accepting what it says is ended */
async function proveRefused(rotator: Rotator, value: string, endedAt: Date): Promise<void> {
  const verdict = await rotator.proveRefused(value, endedAt);
  if (verdict.outcome === 'refused') return;
  throw new RotatorError(
    'in_doubt',
    'The provider still accepts the old key although it was ended. End it there by hand, then say that it is removed.',
  );
}

/** Whatever the provider's trouble, it may pass: only after a day a person is asked. */
async function escalated(
  { database, now }: RotationDependencies,
  rotation: CredentialRotation,
  error: unknown,
): Promise<unknown> {
  if (!(error instanceof RotatorError) || error.kind === 'in_doubt') return error;
  const { operation } = await database.inOrganization(rotation.organizationId, (transaction) =>
    lockRotation(transaction, rotation),
  );
  if (now() - stepBegan(operation) > PATIENCE_MS) {
    // The attempts tell why. In the question it would change with the provider's trouble, and undo a person's answer.
    return new RotatorError(
      'in_doubt',
      'A key could not be ended for a day. End it at the provider by hand, then say that it is removed.',
    );
  }
  if (error.kind === 'retryable') return error;
  return new RotatorError('retryable', error.message, { retryAfterSeconds: PERMANENT_RETRY_SECONDS });
}

/** Closes a version in the vault. */
export async function closeVersion(
  { database, now }: RotationDependencies,
  rotation: CredentialRotation,
  version: CredentialVersion,
  action: string,
): Promise<void> {
  await database.inOrganization(rotation.organizationId, async (transaction) => {
    const { credential } = await lockRotation(transaction, rotation);
    const { count } = await transaction.credentialVersion.updateMany({
      // Invariant 4: whatever was thought before, the working version stays.
      where: { id: version.id, state: { in: ['staged', 'previous'] } },
      data: { state: 'revoked', revokedAt: version.revokedAt ?? new Date(now()) },
    });
    if (count === 0) return;
    const details = { version: version.id, fingerprint: version.fingerprint };
    await auditRotation(transaction, { credential, operationId: rotation.operationId, action }, details);
  });
}
