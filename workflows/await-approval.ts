import { proxyActivities } from '@temporalio/workflow';
import type { ApprovalActivities } from '../activities/approvals.ts';
import { type Attention, persist } from './attention.ts';

const { lookAtApproval } = proxyActivities<ApprovalActivities>({
  startToCloseTimeout: '1 minute',
  heartbeatTimeout: '10 seconds',
  // A look only reads and reminds: whatever hinders it, it comes again.
  retry: { initialInterval: '1 second', backoffCoefficient: 2, maximumInterval: '1 minute' },
});

/** Waits for a person's approval, for 7 days at most. False: there is nothing to do; the operation's row tells why. */
export async function isApproved(
  operation: { organizationId: string; operationId: string },
  attention: Attention,
): Promise<boolean> {
  const { organizationId, operationId } = operation;
  const reference = { organizationId, operationId };
  const { outcome } = await persist(attention, () => lookAtApproval({ ...reference, isCancelled: false }));
  if (outcome === 'stop' && attention.isCancelled) await lookAtApproval({ ...reference, isCancelled: true });
  return outcome === 'done';
}
