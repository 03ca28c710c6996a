import type { CredentialRotation, RunningRotation } from '../core/domain/rotation.ts';
import type { Change } from '../core/domain/rotation-workflow.ts';
import { beginStep } from '../core/services/long-running.ts';
import type { OrganizationTransaction } from '../core/store/database.ts';
import type { CredentialVersion } from '../core/store/generated/client.ts';
import type { RotationDependencies } from './rotation-dependencies.ts';
import { auditRotation, lockRotation, newVersionOf, oldVersionOf, setRunningRotation } from './rotation-rows.ts';

/** null: it is not wanted any more. */
export type Begun = Change | null;

/** A worker that was away for long must not bring back a phase that is over. */
const BEFORE = { canary: 'verify', cut_over: 'canary', drain: 'cut_over', revoke: 'drain' } as const;

interface Phase {
  step: keyof typeof BEFORE;
  action: string;
  /** What relays go by from now on; null: the current version alone. */
  running(newVersion: CredentialVersion, oldVersion: CredentialVersion): RunningRotation | null;
  change?(
    transaction: OrganizationTransaction,
    newVersion: CredentialVersion,
    oldVersion: CredentialVersion,
  ): Promise<void>;
}

/** Begins a phase in one transaction. Done again it only gives relays a later transaction to know. */
async function begin({ database }: RotationDependencies, rotation: CredentialRotation, phase: Phase): Promise<Begun> {
  const { organizationId, credentialId, operationId } = rotation;
  return database.inOrganization(organizationId, async (transaction) => {
    const { operation, credential, versions, isStopped } = await lockRotation(transaction, rotation);
    const newVersion = newVersionOf(versions, operationId);
    const oldVersion = oldVersionOf(versions, operationId);
    const isNew = operation.step === BEFORE[phase.step];
    const isAgain = operation.step === phase.step;
    // What has been released may be revoked by now: there is no way back from there.
    const isReleased = isAgain && phase.step === 'revoke';
    if ((isStopped && !isReleased) || (!isNew && !isAgain)) return null;
    if (newVersion === undefined || oldVersion === undefined) return null;
    if (isNew) await beginStep(transaction, operationId, phase.step);
    await phase.change?.(transaction, newVersion, oldVersion);
    const changeXid = await setRunningRotation(transaction, credentialId, phase.running(newVersion, oldVersion));
    if (isNew) await auditRotation(transaction, { credential, operationId, action: phase.action });
    return { changeXid };
  });
}

export function createPhaseActivities(dependencies: RotationDependencies) {
  const { now } = dependencies;
  const runningIn = (
    { operationId, canaryShare }: CredentialRotation,
    phase: RunningRotation['phase'],
    newVersion: CredentialVersion,
    oldVersion: CredentialVersion,
  ): RunningRotation => ({
    operation_id: operationId,
    phase,
    new_version_id: newVersion.id,
    old_version_id: oldVersion.id,
    share: phase === 'canary' ? canaryShare : 1,
    since: new Date(now()).toISOString(),
  });

  return {
    beginCanary: (rotation: CredentialRotation): Promise<Begun> =>
      begin(dependencies, rotation, {
        step: 'canary',
        action: 'begin_canary',
        running: (newVersion, oldVersion) => runningIn(rotation, 'canary', newVersion, oldVersion),
      }),

    /** Invariant 4: both versions work; the one that is current changes in one transaction. */
    cutOver: (rotation: CredentialRotation): Promise<Begun> =>
      begin(dependencies, rotation, {
        step: 'cut_over',
        action: 'cut_over',
        running: (newVersion, oldVersion) => runningIn(rotation, 'cut_over', newVersion, oldVersion),
        async change(transaction, newVersion, oldVersion) {
          if (newVersion.state === 'current') return;
          const cutOverAt = new Date(now());
          await setState(transaction, oldVersion, 'previous');
          await transaction.credentialVersion.update({
            where: { id: newVersion.id },
            data: { state: 'current', cutOverAt },
          });
        },
      }),

    beginDrain: (rotation: CredentialRotation): Promise<Begun> =>
      begin(dependencies, rotation, {
        step: 'drain',
        action: 'begin_drain',
        running: (newVersion, oldVersion) => runningIn(rotation, 'drain', newVersion, oldVersion),
      }),

    /** The relays forget the old version. From here on there is no way back: it may be revoked at any moment. */
    releaseOldVersion: (rotation: CredentialRotation): Promise<Begun> =>
      begin(dependencies, rotation, {
        step: 'revoke',
        action: 'release_version',
        running: () => null,
        async change(transaction, _newVersion, oldVersion) {
          const drainedAt = oldVersion.drainedAt ?? new Date(now());
          await transaction.credentialVersion.update({ where: { id: oldVersion.id }, data: { drainedAt } });
        },
      }),

    /** Whether the old version was released before the rotation lost its workflow: then it goes on from there. */
    async resumeRelease(rotation: CredentialRotation): Promise<Begun> {
      const { organizationId, credentialId } = rotation;
      return dependencies.database.inOrganization(organizationId, async (transaction) => {
        const { operation } = await lockRotation(transaction, rotation);
        if (operation.step !== 'revoke') return null;
        return { changeXid: await setRunningRotation(transaction, credentialId, null) };
      });
    },
  };
}

export async function setState(
  transaction: OrganizationTransaction,
  { id }: CredentialVersion,
  state: 'staged' | 'current' | 'previous' | 'revoked',
): Promise<void> {
  await transaction.credentialVersion.update({ where: { id }, data: { state } });
}
