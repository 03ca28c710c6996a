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
    const { parts, version } = await readVersion(dependencies, rotation, oldVersionOf);
    if (version?.state !== 'previous') return { outcome: 'done' };
    const rotator = await openRotator(dependencies, parts);
    return await endVersion(dependencies, rotation, rotator, version);
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
    const { parts, version } = await readVersion(dependencies, rotation, newVersionOf);
    const rotator = await openRotator(dependencies, parts);
    if (version !== undefined) {
      // A person made that key and can see it at the provider; a mistyped one is none.
      if (version.providerReference === null) await closeVersion(dependencies, rotation, version, 'discard_version');
      else {
        const ended = await endVersion(dependencies, rotation, rotator, version);
        if (ended.outcome === 'later') return ended;
      }
    }
    const lost = await removeLostKeys(dependencies, rotation, rotator);
    return lost === 'asked' ? waitForDecision : { outcome: 'done' };
  } catch (error) {
    return await persistently(dependencies, rotation, error, tries);
  }
}

/** One of the versions of a rotation, and what ends it. */
function readVersion({ database }: RotationDependencies, rotation: CredentialRotation, which: typeof newVersionOf) {
  return database.inOrganization(rotation.organizationId, async (transaction) => {
    const { credential, versions } = await lockRotation(transaction, rotation);
    return {
      version: which(versions, rotation.operationId),
      parts: await readRotatorParts(transaction, credential),
    };
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
