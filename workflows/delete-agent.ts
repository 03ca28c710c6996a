import {
  ActivityCancellationType,
  CancellationScope,
  condition,
  defineQuery,
  defineUpdate,
  isCancellation,
  proxyActivities,
  setHandler,
} from '@temporalio/workflow';
import type { AgentActivities } from '../activities/agents.ts';
import type { AgentDeletion } from '../core/domain/agent-deletion.ts';
import {
  type AgentDeletionStatus,
  PURGE_MARGIN_SECONDS,
  RESTORED_UPDATE,
  STATUS_QUERY,
} from '../core/domain/agent-deletion-workflow.ts';
import { payAttention } from './attention.ts';
import { isApproved } from './await-approval.ts';

/** Faults of ours: trying again would change nothing. Everything else (the database is away) passes. */
const nonRetryableErrorTypes = ['TypeError', 'RangeError', 'ReferenceError', 'PrismaClientValidationError'];

const { refuseNewCalls, finishDeletion, rollBackDeletion, purgeAgent } = proxyActivities<AgentActivities>({
  startToCloseTimeout: '20 seconds',
  retry: { initialInterval: '1 second', backoffCoefficient: 2, maximumInterval: '1 minute', nonRetryableErrorTypes },
  cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
});

const { drainCalls } = proxyActivities<AgentActivities>({
  startToCloseTimeout: '90 seconds',
  heartbeatTimeout: '10 seconds',
  retry: { initialInterval: '1 second', backoffCoefficient: 2, maximumInterval: '10 seconds', nonRetryableErrorTypes },
  cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
});

/** The agent was restored (its row already says so): the deletion ends. */
export const restoredUpdate = defineUpdate<void>(RESTORED_UPDATE);
export const statusQuery = defineQuery<AgentDeletionStatus>(STATUS_QUERY);

/**
 * Refuses new calls, drains calls in flight, keeps the agent restorable, then purges it. A cancellation before the
 * operation has succeeded rolls back; after that only a restore ends the wait (invariant 8). Every step looks at the
 * agent's row first, so a restore that this workflow never heard of is respected too.
 */
export async function deleteAgent(deletion: AgentDeletion): Promise<void> {
  if (deletion.needsApproval && !(await isDeletionApproved(deletion))) return;
  const status: AgentDeletionStatus = { phase: 'refusing_new_calls', restorableUntil: null };
  const takingDown = new CancellationScope();
  let restored = false;
  setHandler(statusQuery, (): AgentDeletionStatus => (restored ? { ...status, phase: 'restored' } : status));
  setHandler(restoredUpdate, () => {
    restored = true;
    takingDown.cancel();
  });

  try {
    const isDeleted = await takingDown.run(async () => {
      const refused = await refuseNewCalls(deletion);
      if (refused === null) return false;
      Object.assign(status, { phase: 'draining', restorableUntil: refused.restorableUntil });
      const { callsCut } = await drainCalls({ ...deletion, ...refused });
      return finishDeletion({ ...deletion, callsCut });
    });
    if (!isDeleted) return;
  } catch (error) {
    if (restored) return;
    const cause = isCancellation(error) ? 'cancelled' : 'failed';
    await CancellationScope.nonCancellable(() => rollBackDeletion({ ...deletion, cause }));
    throw error;
  }

  await CancellationScope.nonCancellable(async () => {
    if (restored) return;
    status.phase = 'restorable';
    const restorableMs = Date.parse(status.restorableUntil ?? '') - Date.now();
    if (await condition(() => restored, restorableMs + PURGE_MARGIN_SECONDS * 1_000)) return;
    status.phase = 'purging';
    await purgeAgent(deletion);
  });
}

/** A cancellation before the approval ends the wait; the row then tells that nothing was done. */
function isDeletionApproved(deletion: AgentDeletion): Promise<boolean> {
  const attention = payAttention();
  return CancellationScope.nonCancellable(() => isApproved(deletion, attention));
}
