import { approvalMoments } from '../core/domain/approval.ts';
import { isFinal, type OperationStatus } from '../core/domain/long-running.ts';
import { type Attempt, nextLookSeconds } from '../core/domain/rotation-workflow.ts';
import { approvalOf, hashOf, whyAskerMayNot } from '../core/services/approvals.ts';
import { cancelOperation, failOperation, waitInOperation } from '../core/services/long-running.ts';
import { addressesOf, dismissNoticesOf, giveNotice, mailNotice } from '../core/services/notices.ts';
import type { OrganizationTransaction } from '../core/store/database.ts';
import type { Operation } from '../core/store/generated/client.ts';
import { heartbeating } from './heartbeating.ts';
import type { OperationReference, RotationDependencies } from './rotation-dependencies.ts';

type ApprovalDependencies = Pick<RotationDependencies, 'config' | 'log' | 'database' | 'now'>;

export type ApprovalActivities = ReturnType<typeof createApprovalActivities>;

export function createApprovalActivities(dependencies: ApprovalDependencies) {
  return heartbeating({
    /** `done`: approved. `refused` and `stop`: the operation has ended, nothing was done. */
    async lookAtApproval(reference: OperationReference): Promise<Attempt> {
      const { organizationId, operationId } = reference;
      const { attempt, mailTo } = await dependencies.database.inOrganization(organizationId, (transaction) =>
        look(dependencies, transaction, operationId),
      );
      await mailNotice(dependencies, mailTo, {
        subject: 'Something waits for your approval',
        text: `Decide here: ${dependencies.config.publicUrl}/operations/${operationId}?organization=${organizationId}\n`,
      });
      return attempt;
    },
  });
}

async function look(
  { now }: ApprovalDependencies,
  transaction: OrganizationTransaction,
  operationId: string,
): Promise<{ attempt: Attempt; mailTo: string[] }> {
  await transaction.$queryRaw`SELECT id FROM operation WHERE id = ${operationId}::uuid FOR UPDATE`;
  const operation = await transaction.operation.findUniqueOrThrow({ where: { id: operationId } });
  const approval = approvalOf(operation);
  if (isFinal(operation.status as OperationStatus)) return { attempt: { outcome: 'stop' }, mailTo: [] };
  if (operation.cancelRequest !== null) {
    await cancelOperation(transaction, operationId, 'Cancelled before it was approved. Nothing was done.');
    await dismissNoticesOf(transaction, operationId);
    return { attempt: { outcome: 'stop' }, mailTo: [] };
  }
  if (approval === null || approval.decision !== null || now() >= Date.parse(approval.expires_at)) {
    const why = approval === null ? null : await whyNot(transaction, operation);
    await dismissNoticesOf(transaction, operationId);
    if (why === null) return { attempt: { outcome: 'done' }, mailTo: [] };
    await failOperation(transaction, operationId, { code: 'not_approved', detail: why });
    return { attempt: { outcome: 'refused', why }, mailTo: [] };
  }
  const { due, nextAt } = approvalMoments(approval, now());
  await waitInOperation(transaction, operationId, { waitingFor: 'approval', until: new Date(nextAt), detail: null });
  const mailTo = await remind(transaction, operation, due.at(-1) ?? 0);
  const retryAfterSeconds = nextLookSeconds({ askedAt: Date.parse(approval.requested_at), now: now(), nextAt });
  return { attempt: { outcome: 'later', retryAfterSeconds }, mailTo };
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

async function remind(transaction: OrganizationTransaction, operation: Operation, day: number): Promise<string[]> {
  const { id, kind, targetKind, targetId, targetName } = operation;
  const isNew = await giveNotice(transaction, {
    kind: 'approval',
    target: { kind: targetKind, id: targetId, name: targetName },
    occasion: `${id}/day ${day}`,
    text: `${kind.replaceAll('_', ' ')} of "${targetName}" waits for approval.`,
    operationId: id,
  });
  return isNew ? addressesOf(transaction, { role: 'manager' }) : [];
}
