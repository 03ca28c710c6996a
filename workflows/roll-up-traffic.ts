import { proxyActivities } from '@temporalio/workflow';
import type { LogKeepingActivities } from '../activities/log-keeping.ts';

const { addUpTraffic } = proxyActivities<Pick<LogKeepingActivities, 'addUpTraffic'>>({
  startToCloseTimeout: '10 minutes',
  heartbeatTimeout: '1 minute',
  // The next minute's run tries again.
  retry: {
    initialInterval: '1 second',
    backoffCoefficient: 2,
    maximumAttempts: 3,
    nonRetryableErrorTypes: ['TypeError', 'RangeError', 'ReferenceError'],
  },
});

/** Brings the traffic's hours and days up to date with its minutes. */
export async function rollUpTraffic(): Promise<void> {
  await addUpTraffic();
}
