import { CancellationScope, proxyActivities } from '@temporalio/workflow';
import type { AgentKeyRotationActivities } from '../activities/agent-key-rotation.ts';
import type { AgentKeyRotation } from '../core/domain/agent-key-rotation.ts';
import { reversalOf } from '../core/domain/rotation-workflow.ts';
import { payAttention, persist } from './attention.ts';
import { isApproved } from './await-approval.ts';

const { createRotatedKey, lookAtReveal, lookAtGrace, retireOldKey, undoKeyRotation } =
  proxyActivities<AgentKeyRotationActivities>({
    startToCloseTimeout: '30 seconds',
    heartbeatTimeout: '10 seconds',
    retry: { initialInterval: '500 ms', backoffCoefficient: 2, maximumInterval: '20 seconds' },
  });

/**
 * Makes a new agent key, waits for its reveal, keeps both valid for the grace period, then retires the old one. An
 * unrevealed key is destroyed and the old one stays.
 */
export async function rotateAgentKey(rotation: AgentKeyRotation): Promise<void> {
  const attention = payAttention();
  await CancellationScope.nonCancellable(async () => {
    if (rotation.needsApproval && !(await isApproved(rotation, attention))) return;
    for (const step of [createRotatedKey, lookAtReveal, lookAtGrace]) {
      const ended = await persist(attention, () => step(rotation));
      if (ended.outcome === 'done') continue;
      return undoKeyRotation({ ...rotation, ...reversalOf(ended) });
    }
    await retireOldKey(rotation);
  });
}
