import type { Dependencies } from '../core/dependencies.ts';
import type { AccessRevocation } from '../core/domain/access-revocation.ts';
import { type Actor, SYSTEM } from '../core/domain/caller.ts';
import { recordAuditEvent } from '../core/services/audit.ts';
import { settleRollBack } from '../core/services/long-running.ts';
import { giveNotice } from '../core/services/notices.ts';
import { underWayOfGrants } from '../core/services/operations-of-grants.ts';
import type { OrganizationTransaction } from '../core/store/database.ts';
import type { Delivery, Operation } from '../core/store/generated/client.ts';

export interface SettledOperation {
  operation: Operation;
  outcome: 'cancelled' | 'handed_over';
  /** What tells the person of it. */
  planned: Delivery[];
}

/**
 * Settles what an app has under way when its access ends. What has not begun is cancelled: nobody is left who wants it.
 * What has begun goes on in the name of the person behind the app, who is told and can cancel it: breaking off midway
 * concerns live calls, and that is for a person to decide.
 */
export async function settleOperationsOfApp(
  transaction: OrganizationTransaction,
  dependencies: Pick<Dependencies, 'config'>,
  revocation: AccessRevocation,
): Promise<SettledOperation[]> {
  const settled: SettledOperation[] = [];
  for (const operation of await lockOpenOperations(transaction, revocation)) {
    const outcome = operation.step === null ? 'cancelled' : 'handed_over';
    const planned =
      outcome === 'cancelled'
        ? await cancel(transaction, operation)
        : await handOver(transaction, dependencies, operation, revocation);
    await recordAuditEvent(transaction, {
      actor: SYSTEM,
      action: outcome === 'cancelled' ? 'cancel_operation' : 'hand_over_operation',
      status: 200,
      outcome: 'succeeded',
      target: { kind: operation.targetKind, id: operation.targetId, name: operation.targetName },
      requestId: revocation.operationId,
      operationId: operation.id,
    });
    settled.push({ operation, outcome, planned });
  }
  return settled;
}

async function lockOpenOperations(
  transaction: OrganizationTransaction,
  { grantIds }: AccessRevocation,
): Promise<Operation[]> {
  const rows = await transaction.$queryRaw<{ id: string }[]>`
    SELECT id FROM operation WHERE ${underWayOfGrants(grantIds)} ORDER BY id FOR UPDATE`;
  return transaction.operation.findMany({ where: { id: { in: rows.map(({ id }) => id) } }, orderBy: { id: 'asc' } });
}

async function cancel(transaction: OrganizationTransaction, { id }: Operation): Promise<Delivery[]> {
  const detail = 'The app that asked for it was disconnected before it began. Nothing was done.';
  await settleRollBack(transaction, id, { status: 'cancelled', error: { code: 'cancelled', detail } });
  return [];
}

async function handOver(
  transaction: OrganizationTransaction,
  dependencies: Pick<Dependencies, 'config'>,
  { id, kind, requestedBy, requestedPersonId, targetKind, targetId, targetName }: Operation,
  { operationId }: AccessRevocation,
): Promise<Delivery[]> {
  const { app, ...asker } = requestedBy as unknown as Actor;
  const person: Actor = { ...asker, kind: 'person', app: null, grantId: null };
  await transaction.operation.update({ where: { id }, data: { requestedBy: { ...person } } });
  return giveNotice(transaction, dependencies, {
    kind: 'handed_over',
    severity: 'info',
    target: { kind: targetKind, id: targetId, name: targetName },
    matter: id,
    occasion: operationId,
    title: 'A disconnected app left something under way',
    text: `${app} was disconnected while its ${kind.replaceAll('_', ' ')} of "${targetName}" is under way. It goes on in the name of ${person.name}; cancel it if it is not wanted.`,
    operationId: id,
    path: `/operations/${id}`,
    to: { personIds: requestedPersonId === null ? [] : [requestedPersonId] },
  });
}
