import type { Actor } from '../domain/caller.ts';
import { OPEN_STATUSES } from '../domain/long-running.ts';
import {
  type CredentialRotation,
  credentialRotationWorkflowId,
  DEFAULT_ROTATION,
  ROTATION_STEPS,
  type RotationSettings,
} from '../domain/rotation.ts';
import { needsProbe, type RotatorSettings, rotatorSettings } from '../domain/rotators.ts';
import { PublicError } from '../errors.ts';
import type { OrganizationTransaction } from '../store/database.ts';
import type { Credential, Operation } from '../store/generated/client.ts';
import { approvalOf } from './approvals.ts';
import { acceptOperation } from './operations.ts';

interface Request {
  credential: Credential;
  settings: RotationSettings;
  requestedBy: Actor;
  requestedPersonId: string | null;
}

/** How a credential's new values are made; without a rotator a person makes them. */
export function rotatorOf({ rotator }: Pick<Credential, 'rotator'>): RotatorSettings {
  return rotator === null ? { kind: 'manual' } : rotatorSettings.parse(rotator);
}

/**
 * Invariant 4: nothing takes the place of a working value that cannot be tried.
 * @throws PublicError `conflict` that says what is missing
 */
export function requireRotatable(credential: Credential): void {
  if (credential.status !== 'active') {
    throw new PublicError('conflict', `"${credential.name}" has no value yet. Enter it first.`, {
      members: { tools: ['create_entry_link'] },
    });
  }
  if (needsProbe(rotatorOf(credential)) && credential.probe === null) {
    throw new PublicError(
      'conflict',
      `Nothing could show that a new value of "${credential.name}" works. Set its probe over REST or on the dashboard, such as {"path": "/v1/account"}.`,
      { members: { tools: ['update_credential'] } },
    );
  }
}

/** Writes the operation's row; its workflow starts after the commit. A second request joins the first. */
export async function acceptRotation(
  transaction: OrganizationTransaction,
  { credential, settings, requestedBy, requestedPersonId }: Request,
): Promise<{ operation: Operation; joined: boolean }> {
  return acceptOperation(transaction, {
    kind: 'rotate_credential',
    area: 'credentials',
    steps: ROTATION_STEPS,
    target: { kind: 'credential', id: credential.id, name: credential.name },
    input: {
      credential: credential.name,
      canary_share: settings.canaryShare,
      canary_seconds: settings.canarySeconds,
      drain_seconds: settings.drainSeconds,
    },
    requestedBy,
    requestedPersonId,
    approvable: 'rotate',
    workflowId: (operationId) => credentialRotationWorkflowId({ credentialId: credential.id, operationId }),
  });
}

/** What the workflow of an accepted operation starts with. */
export function rotationOf({ id, organizationId, targetId, input, approval }: Operation): CredentialRotation {
  const given = input as { canary_share?: number; canary_seconds?: number; drain_seconds?: number };
  return {
    organizationId,
    credentialId: targetId,
    operationId: id,
    canaryShare: given.canary_share ?? DEFAULT_ROTATION.canaryShare,
    canarySeconds: given.canary_seconds ?? DEFAULT_ROTATION.canarySeconds,
    drainSeconds: given.drain_seconds ?? DEFAULT_ROTATION.drainSeconds,
    needsApproval: approval !== null,
  };
}

/** The rotation of a credential that waits for a person to enter the new value, or will in a moment. */
export async function findRotationWithoutValue(
  transaction: OrganizationTransaction,
  credential: Credential,
): Promise<Operation | null> {
  if (credential.status !== 'active' || rotatorOf(credential).kind !== 'manual') return null;
  const operation = await transaction.operation.findFirst({
    where: {
      kind: 'rotate_credential',
      targetId: credential.id,
      status: { in: [...OPEN_STATUSES] },
      OR: [{ step: null }, { step: 'stage' }],
    },
  });
  if (operation === null || operation.cancelRequest !== null) return null;
  if (operation.approval !== null && approvalOf(operation)?.decision !== 'approved') return null;
  const staged = await transaction.credentialVersion.count({ where: { operationId: operation.id } });
  return staged === 0 ? operation : null;
}
