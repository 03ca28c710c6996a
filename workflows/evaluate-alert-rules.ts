import { proxyActivities } from '@temporalio/workflow';
import type { AlertActivities } from '../activities/alerts.ts';
import type { AlertShard } from '../core/domain/alert-workflow.ts';

const { evaluateRules, wakeIncidents } = proxyActivities<AlertActivities>({
  startToCloseTimeout: '8 minutes',
  heartbeatTimeout: '10 seconds',
  // The next minute's run goes on from where this one came to.
  retry: {
    initialInterval: '1 second',
    backoffCoefficient: 2,
    maximumAttempts: 3,
    nonRetryableErrorTypes: ['TypeError', 'RangeError', 'ReferenceError'],
  },
});

/** Evaluates the alert rules of a shard's organizations, and wakes the workflows of alerts that changed. */
export async function evaluateAlertRules(shard: AlertShard): Promise<void> {
  try {
    await evaluateRules(shard);
  } finally {
    // What others committed is told of, even where one organization's rules cannot be evaluated.
    await wakeIncidents(shard);
  }
}
