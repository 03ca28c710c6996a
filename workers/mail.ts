import { Worker } from '@temporalio/worker';
import { createMailboxSyncActivities } from '../activities/mailbox-sync.ts';
import { TASK_QUEUES } from '../core/temporal/task-queues.ts';
import type { WorkerParts } from './control.ts';

/** Each mailbox holds a place for as long as it is watched; what waits for one is read a little later. */
const MAILBOXES_AT_ONCE = 500;

/** The worker that holds the connections to mailboxes. */
export function createMailWorker({ dependencies, connection, dataConverter }: WorkerParts): Promise<Worker> {
  return Worker.create({
    connection,
    namespace: dependencies.config.TEMPORAL_NAMESPACE,
    taskQueue: TASK_QUEUES.mail,
    dataConverter,
    activities: createMailboxSyncActivities(dependencies),
    maxConcurrentActivityTaskExecutions: MAILBOXES_AT_ONCE,
    // A watch learns of a cancellation when it heartbeats.
    maxHeartbeatThrottleInterval: '2 seconds',
    shutdownGraceTime: '3 seconds',
    shutdownForceTime: '8 seconds',
  });
}
