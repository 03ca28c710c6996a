import { SYSTEM } from '../core/domain/caller.ts';
import { isFinal, type OperationStatus, type OperationStep } from '../core/domain/long-running.ts';
import type { CredentialRotation, RunningRotation } from '../core/domain/rotation.ts';
import { recordAuditEvent } from '../core/services/audit.ts';
import type { OrganizationTransaction } from '../core/store/database.ts';
import { type Credential, type CredentialVersion, type Operation, Prisma } from '../core/store/generated/client.ts';

/** A credential under rotation; its rows are locked until the transaction ends. */
export interface RotatedRows {
  operation: Operation;
  credential: Credential;
  /** All that are not revoked. */
  versions: CredentialVersion[];
  /** Not wanted any more: a person ended it, or it has ended. */
  isStopped: boolean;
}

export async function lockRotation(
  transaction: OrganizationTransaction,
  { credentialId, operationId }: Pick<CredentialRotation, 'credentialId' | 'operationId'>,
): Promise<RotatedRows> {
  await transaction.$queryRaw`SELECT id FROM operation WHERE id = ${operationId}::uuid FOR UPDATE`;
  await transaction.$queryRaw`SELECT id FROM credential WHERE id = ${credentialId}::uuid FOR UPDATE`;
  const operation = await transaction.operation.findUniqueOrThrow({ where: { id: operationId } });
  const credential = await transaction.credential.findUniqueOrThrow({ where: { id: credentialId } });
  const versions = await transaction.credentialVersion.findMany({
    where: { credentialId, state: { not: 'revoked' } },
    orderBy: { createdAt: 'asc' },
  });
  const isStopped =
    operation.cancelRequest !== null ||
    isFinal(operation.status as OperationStatus) ||
    credential.deletedAt !== null ||
    credential.status !== 'active';
  return { operation, credential, versions, isStopped };
}

/** When the step under way began, in milliseconds since 1970; NaN before the first. */
export function stepBegan({ step, steps }: Operation): number {
  const present = (steps as unknown as OperationStep[]).find(({ name }) => name === step);
  return Date.parse(present?.started_at ?? '');
}

/** The version that this rotation brought; undefined before it is staged. */
export function newVersionOf(
  versions: readonly CredentialVersion[],
  operationId: string,
): CredentialVersion | undefined {
  return versions.find((version) => version.operationId === operationId);
}

/** The version that this rotation replaces: the current one, after the cut-over the previous one. */
export function oldVersionOf(
  versions: readonly CredentialVersion[],
  operationId: string,
): CredentialVersion | undefined {
  const others = versions.filter((version) => version.operationId !== operationId);
  return others.find(({ state }) => state === 'current') ?? others.find(({ state }) => state === 'previous');
}

/**
 * Tells the relays how calls choose between the versions.
 * @returns the transaction that they must have applied
 */
export async function setRunningRotation(
  transaction: OrganizationTransaction,
  credentialId: string,
  rotation: RunningRotation | null,
): Promise<string> {
  await transaction.credential.update({
    where: { id: credentialId },
    data: { rotation: rotation === null ? Prisma.DbNull : { ...rotation }, updatedAt: new Date() },
  });
  const [row] = await transaction.$queryRaw<{ xid: string }[]>`SELECT pg_current_xact_id()::text AS xid`;
  if (row === undefined) throw new Error('Postgres gave no transaction ID.');
  return row.xid;
}

/** Puts on record what a rotation did. */
export function auditRotation(
  transaction: OrganizationTransaction,
  { credential, operationId, action }: { credential: Credential; operationId: string; action: string },
  details: Record<string, unknown> = {},
): Promise<void> {
  return recordAuditEvent(transaction, {
    actor: SYSTEM,
    action,
    status: 200,
    outcome: 'succeeded',
    target: { kind: 'credential', id: credential.id, name: credential.name },
    arguments: details,
    requestId: operationId,
    operationId,
  });
}
