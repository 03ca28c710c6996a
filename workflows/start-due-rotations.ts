import { proxyActivities } from '@temporalio/workflow';
import type { DueRotationActivities } from '../activities/due-rotations.ts';

const { startDue, remindOfExpiries } = proxyActivities<DueRotationActivities>({
  startToCloseTimeout: '2 minutes',
  heartbeatTimeout: '10 seconds',
  // The next run tries again.
  retry: { initialInterval: '1 second', backoffCoefficient: 2, maximumAttempts: 3 },
});

/** Starts the rotations that are due by their policy, and reminds of credentials that expire without one. */
export async function startDueRotations(): Promise<void> {
  await startDue();
  await remindOfExpiries();
}
