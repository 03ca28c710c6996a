import { approvalMoments } from '../core/domain/approval.ts';
import { isFinal, type OperationStatus } from '../core/domain/long-running.ts';
import { SEND_EMAIL } from '../core/domain/outgoing-email.ts';
import { type Attempt, nextLookSeconds } from '../core/domain/rotation-workflow.ts';
import { approvalOf, hashOf, whyAskerMayNot } from '../core/services/approvals.ts';
import { cancelOperation, failOperation, waitInOperation } from '../core/services/long-running.ts';
import { managersWhoRead } from '../core/services/mailboxes.ts';
import type { Addressees } from '../core/services/member-addresses.ts';
import { endNoticesOf, giveNotice } from '../core/services/notices.ts';
import type { OrganizationTransaction } from '../core/store/database.ts';
import type { Delivery, Operation } from '../core/store/generated/client.ts';
import { attemptDeliveries, type DeliveringDependencies } from './alert-deliveries.ts';
import { heartbeating } from './heartbeating.ts';
import type { OperationReference } from './rotation-dependencies.ts';

type ApprovalDependencies = DeliveringDependencies;

export type ApprovalActivities = ReturnType<typeof createApprovalActivities>;

export function createApprovalActivities(dependencies: ApprovalDependencies) {
  return heartbeating({
    /**
     * `done`: approved. `refused` and `stop`: the operation has ended, nothing was done.
     * @property isCancelled the workflow was told so
     */
    async lookAtApproval(reference: OperationReference & { isCancelled: boolean }): Promise<Attempt> {
      const { organizationId, operationId, isCancelled } = reference;
      const { attempt, planned } = await dependencies.database.inOrganization(organizationId, (transaction) =>
        look(dependencies, transaction, { operationId, isCancelled }),
      );
      await attemptDeliveries(dependencies, planned);
      return attempt;
    },
  });
}

async function look(
  dependencies: ApprovalDependencies,
  transaction: OrganizationTransaction,
  { operationId, isCancelled }: { operationId: string; isCancelled: boolean },
): Promise<{ attempt: Attempt; planned: Delivery[] }> {
  const now = dependencies.now();
  await transaction.$queryRaw`SELECT id FROM operation WHERE id = ${operationId}::uuid FOR UPDATE`;
  const operation = await transaction.operation.findUniqueOrThrow({ where: { id: operationId } });
  const approval = approvalOf(operation);
  if (isFinal(operation.status as OperationStatus)) return { attempt: { outcome: 'stop' }, planned: [] };
  if (isCancelled || operation.cancelRequest !== null) {
    await cancelOperation(transaction, operationId, 'Cancelled before it was approved. Nothing was done.');
    return { attempt: { outcome: 'stop' }, planned: [] };
  }
  if (approval === null || approval.decision !== null || now >= Date.parse(approval.expires_at)) {
    const why = approval === null ? null : await whyNot(transaction, operation);
    await endNoticesOf(transaction, operationId);
    if (why === null) return { attempt: { outcome: 'done' }, planned: [] };
    await failOperation(transaction, operationId, { code: 'not_approved', detail: why });
    return { attempt: { outcome: 'refused', why }, planned: [] };
  }
  const { due, nextAt } = approvalMoments(approval, now);
  await waitInOperation(transaction, operationId, { waitingFor: 'approval', until: new Date(nextAt), detail: null });
  const planned = await remind(dependencies, transaction, operation, due.at(-1) ?? 0);
  const retryAfterSeconds = nextLookSeconds({ askedAt: Date.parse(approval.requested_at), now, nextAt });
  return { attempt: { outcome: 'later', retryAfterSeconds }, planned };
}

/** Why it does not go on: nobody approved exactly this, or who asked may not do it any more. */
async function whyNot(transaction: OrganizationTransaction, operation: Operation): Promise<string | null> {
  const approval = approvalOf(operation);
  if (approval?.decision === 'rejected') return `${approval.decided_by} rejected it. Nothing was done.`;
  if (approval?.decision !== 'approved') return 'Nobody approved it within 7 days. Nothing was done; ask again.';
  const { kind, targetId, input } = operation;
  if (approval.input_hash !== hashOf({ kind, targetId, input })) return 'What was approved is not what would be done.';
  return whyAskerMayNot(transaction, operation);
}

async function remind(
  dependencies: ApprovalDependencies,
  transaction: OrganizationTransaction,
  operation: Operation,
  day: number,
): Promise<Delivery[]> {
  const { id, kind, targetKind, targetId, targetName } = operation;
  return giveNotice(transaction, dependencies, {
    kind: 'approval',
    severity: 'info',
    target: { kind: targetKind, id: targetId, name: targetName },
    matter: id,
    occasion: `day ${day}`,
    title: 'Something waits for your approval',
    text: `${kind.replaceAll('_', ' ')} of "${targetName}" waits for approval.`,
    operationId: id,
    path: `/operations/${id}`,
    to: await approversOf(transaction, operation),
  });
}

/** A mail is seen by who may read its mailbox. */
async function approversOf(
  transaction: OrganizationTransaction,
  { id: operationId, kind }: Operation,
): Promise<Addressees> {
  if (kind !== SEND_EMAIL) return { role: 'manager' };
  const { mailbox } = await transaction.outgoingEmail.findUniqueOrThrow({
    where: { operationId },
    include: { mailbox: true },
  });
  return managersWhoRead(mailbox);
}
