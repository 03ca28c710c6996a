import { Worker } from '@temporalio/worker';
import { createEmailDraftActivities } from '../activities/email-drafts.ts';
import { createEmailSendingActivities } from '../activities/email-sending.ts';
import { TASK_QUEUES } from '../core/temporal/task-queues.ts';
import type { WorkerParts } from './control.ts';

/** A server that says nothing holds a place for minutes. */
const AT_ONCE = 200;

/** The worker that writes to mailboxes and hands mails over. */
export function createOutgoingMailWorker({
  dependencies,
  connection,
  dataConverter,
  interceptors,
}: WorkerParts): Promise<Worker> {
  const parts = { ...dependencies, now: Date.now };
  return Worker.create({
    connection,
    namespace: dependencies.config.TEMPORAL_NAMESPACE,
    taskQueue: TASK_QUEUES.outgoingMail,
    dataConverter,
    interceptors,
    activities: { ...createEmailDraftActivities(parts), ...createEmailSendingActivities(parts) },
    maxConcurrentActivityTaskExecutions: AT_ONCE,
    // Time for the server's word on a mail that was just handed over.
    shutdownGraceTime: '3 seconds',
    shutdownForceTime: '8 seconds',
  });
}
