import type { CredentialRotation, RunningRotation } from '../core/domain/rotation.ts';
import { dueAt, RETRY_AFTER_DAYS, type RotationPolicy } from '../core/domain/rotation-settings.ts';
import type { Change, Reversal } from '../core/domain/rotation-workflow.ts';
import { DAY_MS } from '../core/domain/times.ts';
import { beginRollBack, settleRollBack, succeedOperation } from '../core/services/long-running.ts';
import { endNotices, giveNotice } from '../core/services/notices.ts';
import { stepsOf } from '../core/services/operations.ts';
import type { OrganizationTransaction } from '../core/store/database.ts';
import type { Credential, Delivery, Operation } from '../core/store/generated/client.ts';
import { attemptDeliveries } from './alert-deliveries.ts';
import type { RotationDependencies } from './rotation-dependencies.ts';
import { setState } from './rotation-phases.ts';
import { auditRotation, lockRotation, newVersionOf, oldVersionOf, setRunningRotation } from './rotation-rows.ts';

/** The rotation has succeeded: the operation ends, the next one becomes due. */
export async function finishRotation(
  { database, now }: RotationDependencies,
  { kept, ...rotation }: CredentialRotation & { kept: boolean },
): Promise<void> {
  const { organizationId, operationId, credentialId } = rotation;
  await database.inOrganization(organizationId, async (transaction) => {
    const { operation, credential, versions } = await lockRotation(transaction, rotation);
    const current = newVersionOf(versions, operationId);
    const figures = operation.canary as { new?: { unrepeatable_failures?: number; calls?: number } } | null;
    const result = {
      credential: credential.name,
      fingerprint: current?.fingerprint ?? null,
      new_version: current?.id ?? null,
      calls_watched: figures?.new?.calls ?? 0,
      unrepeatable_failures: figures?.new?.unrepeatable_failures ?? 0,
      old_key_kept_at_provider: kept,
    };
    if (!(await succeedOperation(transaction, operationId, result))) return;
    await transaction.credential.update({
      where: { id: credentialId },
      data: {
        rotationDueAt: nextDueAt(credential, now()),
        expiresAt: expiryOfNewValue(operation, credential),
        version: { increment: 1 },
      },
    });
    await endNotices(transaction, { kind: 'rotation_failed', targetId: credentialId }, 'A later rotation succeeded.');
    await auditRotation(transaction, { credential, operationId, action: 'finish_rotation' }, result);
  });
}

/** What was known of the old value's end says nothing of the new one's, which is told while the rotation is under way. */
function expiryOfNewValue(operation: Operation, { expiresAt, expiresSetAt }: Credential): Date | null {
  const began = Date.parse(stepsOf(operation)[0]?.started_at ?? '');
  return expiresSetAt !== null && expiresSetAt.getTime() >= began ? expiresAt : null;
}

function nextDueAt({ rotationPolicy }: Credential, now: number): Date | null {
  return rotationPolicy === null ? null : dueAt(rotationPolicy as RotationPolicy, now);
}

/**
 * Invariant 4: the old version is current again, in one transaction, and relays go by it alone.
 * @returns what every relay must know before the new version may be ended
 */
export async function undoRotation(
  { database }: RotationDependencies,
  { why, cause: _, ...rotation }: CredentialRotation & Reversal,
): Promise<Change> {
  const { organizationId, credentialId, operationId } = rotation;
  return database.inOrganization(organizationId, async (transaction) => {
    const { credential, versions } = await lockRotation(transaction, rotation);
    await beginRollBack(transaction, operationId, why);
    const newVersion = newVersionOf(versions, operationId);
    const oldVersion = oldVersionOf(versions, operationId);
    if (newVersion?.state === 'current' && oldVersion !== undefined) {
      await setState(transaction, newVersion, 'previous');
      await setState(transaction, oldVersion, 'current');
    }
    const running = credential.rotation as unknown as RunningRotation | null;
    if (running !== null && running.operation_id !== operationId) throw new TypeError('Another rotation is under way.');
    return { changeXid: await setRunningRotation(transaction, credentialId, null) };
  });
}

/** All is undone: the operation ends with its reason. */
export async function finishRollBack(
  dependencies: RotationDependencies,
  { why, cause, ...rotation }: CredentialRotation & Reversal,
): Promise<void> {
  const { organizationId, operationId, credentialId } = rotation;
  const planned = await dependencies.database.inOrganization(organizationId, async (transaction) => {
    const { credential } = await lockRotation(transaction, rotation);
    const hadVersion = (await transaction.credentialVersion.count({ where: { credentialId, operationId } })) > 0;
    const status = cause === 'cancelled' ? 'cancelled' : hadVersion ? 'rolled_back' : 'failed';
    const error = { code: cause === 'cancelled' ? 'cancelled' : 'rotation_failed', detail: why };
    if (!(await settleRollBack(transaction, operationId, { status, error }))) return [];
    await transaction.oneTimeLink.updateMany({
      where: { kind: 'entry', credentialId, usedAt: null, endedAt: null },
      data: { endedAt: new Date() },
    });
    await auditRotation(transaction, { credential, operationId, action: 'roll_back_rotation' }, { why });
    return cause === 'cancelled' ? [] : tellOfFailure(dependencies, transaction, credential, { operationId, why });
  });
  await attemptDeliveries(dependencies, planned);
}

/** The next try by schedule comes tomorrow, and a person knows of it today. */
async function tellOfFailure(
  dependencies: RotationDependencies,
  transaction: OrganizationTransaction,
  credential: Credential,
  { operationId, why }: { operationId: string; why: string },
): Promise<Delivery[]> {
  if (credential.rotationDueAt !== null) {
    await transaction.credential.update({
      where: { id: credential.id },
      data: { rotationDueAt: new Date(dependencies.now() + RETRY_AFTER_DAYS * DAY_MS) },
    });
  }
  return giveNotice(transaction, dependencies, {
    kind: 'rotation_failed',
    severity: 'warning',
    target: { kind: 'credential', id: credential.id, name: credential.name },
    matter: operationId,
    occasion: 'failed',
    title: 'A rotation went back',
    text: `The rotation of "${credential.name}" went back: ${why} The credential works as before.`,
    operationId,
    path: `/operations/${operationId}`,
    to: credential.ownerId === null ? { role: 'admin' } : { personIds: [credential.ownerId] },
  });
}
