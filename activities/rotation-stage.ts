import type { CredentialRotation } from '../core/domain/rotation.ts';
import type { Attempt } from '../core/domain/rotation-workflow.ts';
import { rotationMarker } from '../core/domain/rotators.ts';
import { mintOnce, removeUnfinished } from '../core/rotators/mint-once.ts';
import type { Rotator } from '../core/rotators/rotator.ts';
import { beginStep } from '../core/services/long-running.ts';
import type { OrganizationTransaction } from '../core/store/database.ts';
import type { Credential, CredentialVersion } from '../core/store/generated/client.ts';
import { askForValue } from './ask-for-value.ts';
import { settleFailure } from './attempts.ts';
import { throughDoubt, waitForDecision } from './key-in-doubt.ts';
import { createMintJournal } from './mint-journal.ts';
import { relaysUnaware } from './relays.ts';
import type { RotationDependencies } from './rotation-dependencies.ts';
import { endVersion } from './rotation-end-version.ts';
import { lockRotation, newVersionOf, setRunningRotation } from './rotation-rows.ts';
import { openRotator, type RotatorParts, readRotatorParts } from './rotator-of.ts';

/** About two hours of a provider that does not answer. */
const MOST_TRIES = 120;
const UNTIL_FORGOTTEN_SECONDS = 2;

interface Staging {
  parts: RotatorParts;
  /** Versions that earlier rotations left behind. */
  leftovers: CredentialVersion[];
  createdBy: string;
}

/**
 * Brings a new version into the vault, staged: no call takes it yet. What earlier rotations left at the provider is
 * ended first. Done again it finds what it did before, so that no key is made twice.
 */
export async function stageVersion(
  dependencies: RotationDependencies,
  rotation: CredentialRotation,
  tries: number,
): Promise<Attempt> {
  try {
    const staging = await readStaging(dependencies, rotation);
    if ('outcome' in staging) return staging;
    const rotator = await openRotator(dependencies, staging.parts);
    for (const leftover of staging.leftovers) {
      const ended = await endVersion(dependencies, rotation, rotator, leftover);
      if (ended.outcome === 'later') return ended;
    }
    if (!rotator.mints) return await askForValue(dependencies, rotation);
    return await mint(dependencies, { ...rotation, createdBy: staging.createdBy }, rotator);
  } catch (error) {
    return settleFailure(dependencies, rotation, error, { tries, mostTries: MOST_TRIES });
  }
}

function readStaging({ database }: RotationDependencies, rotation: CredentialRotation): Promise<Staging | Attempt> {
  const { organizationId, operationId } = rotation;
  return database.inOrganization(organizationId, async (transaction) => {
    const { operation, credential, versions, isStopped } = await lockRotation(transaction, rotation);
    if (isStopped) return { outcome: 'stop' };
    if (newVersionOf(versions, operationId) !== undefined) return { outcome: 'done' };
    if (operation.step !== 'stage') await beginStep(transaction, operationId, 'stage');
    const leftovers = versions.filter(({ state }) => state !== 'current');
    if (leftovers.length > 0 && !(await areForgotten(transaction, credential))) {
      return { outcome: 'later', retryAfterSeconds: UNTIL_FORGOTTEN_SECONDS };
    }
    return {
      parts: await readRotatorParts(transaction, credential),
      leftovers,
      createdBy: operation.requestedPersonId ?? credential.ownerId ?? credential.createdBy,
    };
  });
}

/** Whether every relay goes by the current version alone, also after a rotation that was ended from outside half-way. */
async function areForgotten(transaction: OrganizationTransaction, { id, rotation }: Credential): Promise<boolean> {
  if (rotation !== null) await setRunningRotation(transaction, id, null);
  const [row] = await transaction.$queryRaw<{ xid: string }[]>`
    SELECT change_xid::text AS xid FROM credential WHERE id = ${id}::uuid`;
  return row !== undefined && (await relaysUnaware(transaction, row.xid, 'all')) === 0;
}

async function mint(
  dependencies: RotationDependencies,
  rotation: CredentialRotation & { createdBy: string },
  rotator: Rotator,
): Promise<Attempt> {
  const journal = createMintJournal(dependencies, rotator, rotation);
  const marker = rotationMarker(rotation.operationId);
  const outcome = await throughDoubt(dependencies, rotation, rotator, () => mintOnce(rotator, marker, journal));
  if (outcome === 'done') return { outcome: 'done' };
  if (outcome === 'asked') return waitForDecision;
  await journal.abandon();
  return { outcome: 'later', retryAfterSeconds: 1 };
}

/** Ends at the provider what broken attempts of this rotation may have left there; it will not be staged any more. */
export async function removeLostKeys(
  dependencies: RotationDependencies,
  rotation: CredentialRotation,
  rotator: Rotator,
): Promise<'done' | 'asked'> {
  const journal = createMintJournal(dependencies, rotator, { ...rotation, createdBy: '' });
  const outcome = await throughDoubt(dependencies, rotation, rotator, () => removeUnfinished(rotator, journal));
  if (outcome === 'removed' || outcome === 'kept') await journal.abandon();
  return outcome === 'asked' ? 'asked' : 'done';
}
