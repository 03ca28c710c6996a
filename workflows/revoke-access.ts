import { CancellationScope, proxyActivities } from '@temporalio/workflow';
import type { AccessRevocationActivities } from '../activities/access-revocation.ts';
import type { AccessRevocation } from '../core/domain/access-revocation.ts';

const { introspectTokens, settleOperations } = proxyActivities<AccessRevocationActivities>({
  startToCloseTimeout: '30 seconds',
  heartbeatTimeout: '10 seconds',
  // The access has ended: what is left is brought to its end, however long the database is away.
  retry: { initialInterval: '500 ms', backoffCoefficient: 2, maximumInterval: '20 seconds' },
});

/**
 * What is left to do once an app's grants are revoked: proves that none of their tokens is accepted, then settles what
 * the app has under way. There is no way back, so a cancellation changes nothing.
 */
export async function revokeAccess(revocation: AccessRevocation): Promise<void> {
  await CancellationScope.nonCancellable(async () => {
    const tokens = await introspectTokens(revocation);
    if (tokens !== null) await settleOperations({ ...revocation, tokens });
  });
}
