import type { CredentialRotation } from '../core/domain/rotation.ts';
import type { Attempt } from '../core/domain/rotation-workflow.ts';
import { later, settleFailure } from './attempts.ts';
import { waitForDecision } from './key-in-doubt.ts';
import type { RotationDependencies } from './rotation-dependencies.ts';
import { closeVersion, endVersion } from './rotation-end-version.ts';
import { lockRotation, newVersionOf, oldVersionOf } from './rotation-rows.ts';
import { removeLostKeys } from './rotation-stage.ts';
import { openRotator, readRotatorParts } from './rotator-of.ts';

/** Ends the old version at the provider, and proves that it is refused. */
export async function revokeOldVersion(
  dependencies: RotationDependencies,
  rotation: CredentialRotation,
  tries: number,
): Promise<Attempt & { kept?: boolean }> {
  try {
    const old = await readOldVersion(dependencies, rotation);
    if (old === null) return { outcome: 'done' };
    const rotator = await openRotator(dependencies, old.parts);
    return await endVersion(dependencies, rotation, rotator, old.version);
  } catch (error) {
    return await persistently(dependencies, rotation, error, tries);
  }
}

/** Ends, at the provider too, whatever a rotation made that goes back. */
export async function revokeNewVersion(
  dependencies: RotationDependencies,
  rotation: CredentialRotation,
  tries: number,
): Promise<Attempt> {
  try {
    const made = await readMade(dependencies, rotation);
    // A person made that key and can see it at the provider; a mistyped one is none.
    if (made.byHand !== null) await closeVersion(dependencies, rotation, made.byHand, 'discard_version');
    if (made.parts === null) return { outcome: 'done' };
    const rotator = await openRotator(dependencies, made.parts);
    if (made.minted !== null) {
      const ended = await endVersion(dependencies, rotation, rotator, made.minted);
      if (ended.outcome === 'later') return ended;
    }
    const lost = await removeLostKeys(dependencies, rotation, rotator);
    return lost === 'asked' ? waitForDecision : { outcome: 'done' };
  } catch (error) {
    return await persistently(dependencies, rotation, error, tries);
  }
}

/**
 * What a rotation made. Where there is nothing at the provider, its settings are not read: they may be what it failed for,
 * and nobody can mend those of a credential that was deleted.
 */
function readMade({ database }: RotationDependencies, rotation: CredentialRotation) {
  const { organizationId, credentialId, operationId } = rotation;
  return database.inOrganization(organizationId, async (transaction) => {
    const { credential, versions } = await lockRotation(transaction, rotation);
    const version = newVersionOf(versions, operationId) ?? null;
    const isByHand = version?.providerReference === null;
    const minted = isByHand ? null : version;
    const attempts = await transaction.mintAttempt.count({ where: { credentialId, outcome: 'open' } });
    const isAtProvider = minted !== null || attempts > 0;
    return {
      byHand: isByHand ? version : null,
      minted,
      parts: isAtProvider ? await readRotatorParts(transaction, credential, 'if_linked') : null,
    };
  });
}

/** The version that goes, and what ends it; null: it is gone. */
function readOldVersion({ database }: RotationDependencies, rotation: CredentialRotation) {
  return database.inOrganization(rotation.organizationId, async (transaction) => {
    const { credential, versions } = await lockRotation(transaction, rotation);
    const version = oldVersionOf(versions, rotation.operationId);
    if (version?.state !== 'previous') return null;
    return { version, parts: await readRotatorParts(transaction, credential, 'if_linked') };
  });
}

const FIRST_RETRY_SECONDS = 60;
const LONGEST_RETRY_SECONDS = 3_600;

/** There is no giving up on a key that must end: a person mends what is in its way, which the row tells. */
async function persistently(
  dependencies: RotationDependencies,
  rotation: CredentialRotation,
  error: unknown,
  tries: number,
): Promise<Attempt> {
  const settled = await settleFailure(dependencies, rotation, error, { tries, mostTries: Infinity });
  if (settled.outcome !== 'refused') return settled;
  const retryAfterSeconds = Math.min(FIRST_RETRY_SECONDS * (tries + 1), LONGEST_RETRY_SECONDS);
  return later(dependencies, rotation, { why: settled.why, retryAfterSeconds });
}
