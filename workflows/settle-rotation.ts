import { CancellationScope, proxyActivities } from '@temporalio/workflow';
import type { RotationActivities } from '../activities/rotation.ts';
import type { CredentialRotation } from '../core/domain/rotation.ts';
import { payAttention } from './attention.ts';
import { endOldVersion, goBack, retry, timeouts } from './rotate-credential.ts';

const { resumeRelease } = proxyActivities<RotationActivities>({ ...timeouts, retry });

/**
 * Brings a rotation to its end whose workflow was terminated, or lost with Temporal's store: forward where the old version
 * was released already, else back (invariant 4).
 */
export async function settleRotation(rotation: CredentialRotation): Promise<void> {
  const attention = payAttention();
  await CancellationScope.nonCancellable(async () => {
    const released = await resumeRelease(rotation);
    if (released !== null) await endOldVersion(rotation, released, attention);
    else await goBack(rotation, { cause: 'failed', why: 'Its workflow was ended from outside.' }, attention);
  });
}
