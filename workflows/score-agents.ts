import { proxyActivities } from '@temporalio/workflow';
import type { HealthActivities } from '../activities/health.ts';

const { keepHealthScores } = proxyActivities<HealthActivities>({
  startToCloseTimeout: '5 minutes',
  heartbeatTimeout: '1 minute',
  // The next minute's run tries again.
  retry: {
    initialInterval: '1 second',
    backoffCoefficient: 2,
    maximumAttempts: 3,
    nonRetryableErrorTypes: ['TypeError', 'RangeError', 'ReferenceError'],
  },
});

/** Brings agents' health scores up to date. */
export async function scoreAgents(): Promise<void> {
  await keepHealthScores();
}
