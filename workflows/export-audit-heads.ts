import { proxyActivities } from '@temporalio/workflow';
import type { AuditHeadActivities } from '../activities/audit-heads.ts';

const { exportSignedHeads } = proxyActivities<AuditHeadActivities>({
  startToCloseTimeout: '20 minutes',
  heartbeatTimeout: '1 minute',
  // The next hour's run tries again.
  retry: {
    initialInterval: '5 seconds',
    backoffCoefficient: 2,
    maximumAttempts: 5,
    nonRetryableErrorTypes: ['TypeError', 'RangeError', 'ReferenceError'],
  },
});

/** Takes the signed heads of the audit chains out of the database. */
export async function exportAuditHeads(): Promise<void> {
  await exportSignedHeads();
}
