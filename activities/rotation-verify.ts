import type { CredentialRotation } from '../core/domain/rotation.ts';
import type { Attempt } from '../core/domain/rotation-workflow.ts';
import { beginStep } from '../core/services/long-running.ts';
import { openVersion } from '../core/vault/version-values.ts';
import { settleFailure } from './attempts.ts';
import type { RotationDependencies } from './rotation-dependencies.ts';
import { auditRotation, lockRotation, newVersionOf } from './rotation-rows.ts';
import { openRotator, readRotatorParts } from './rotator-of.ts';

/** About half an hour of an upstream that does not answer. */
const MOST_TRIES = 35;

/**
 * Tries the new version with a real call: the credential's probe, or the rotator's own.
 * @param tries before this one
 */
export async function verifyVersion(
  dependencies: RotationDependencies,
  rotation: CredentialRotation,
  tries: number,
): Promise<Attempt> {
  const { organizationId, operationId } = rotation;
  const { database } = dependencies;
  try {
    const read = await database.inOrganization(organizationId, async (transaction) => {
      const { operation, credential, versions, isStopped } = await lockRotation(transaction, rotation);
      const version = newVersionOf(versions, operationId);
      if (isStopped || version === undefined) return null;
      if (operation.step === 'stage') await beginStep(transaction, operationId, 'verify');
      return { version, parts: await readRotatorParts(transaction, credential) };
    });
    if (read === null) return { outcome: 'stop' };
    const rotator = await openRotator(dependencies, read.parts);
    const value = await openVersion(dependencies.vault, read.version);
    const verdict = await rotator.verify(value, read.version.createdAt);
    if (verdict.outcome === 'refused') {
      return {
        outcome: 'refused',
        why: `The new value is refused: the call that tries it was answered ${verdict.status}.`,
      };
    }
    await database.inOrganization(organizationId, (transaction) =>
      auditRotation(transaction, { credential: read.parts.credential, operationId, action: 'verify_version' }),
    );
    return { outcome: 'done' };
  } catch (error) {
    return settleFailure(dependencies, rotation, error, { tries, mostTries: MOST_TRIES });
  }
}
