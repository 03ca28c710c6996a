import type { Client } from '@temporalio/client';
import type { DataConverter } from '@temporalio/common';
import { type NativeConnection, Worker, type WorkerInterceptors } from '@temporalio/worker';
import type { Dispatcher } from 'undici';
import { createAccessRevocationActivities } from '../activities/access-revocation.ts';
import { createAgentKeyRotationActivities } from '../activities/agent-key-rotation.ts';
import { createAgentActivities } from '../activities/agents.ts';
import { createChannelActivities } from '../activities/alert-deliveries.ts';
import { createAlertActivities } from '../activities/alerts.ts';
import { createApprovalActivities } from '../activities/approvals.ts';
import { createAuditHeadActivities } from '../activities/audit-heads.ts';
import { createDueRotationActivities } from '../activities/due-rotations.ts';
import { createGrantKeepingActivities } from '../activities/grant-keeping.ts';
import { createHealthActivities } from '../activities/health.ts';
import { createHousekeepingActivities } from '../activities/housekeeping.ts';
import { createLateKeyActivities } from '../activities/late-keys.ts';
import { createLogKeepingActivities } from '../activities/log-keeping.ts';
import { createMailboxKeepingActivities } from '../activities/mailbox-keeping.ts';
import { createRotationActivities } from '../activities/rotation.ts';
import { createUsageActivities } from '../activities/usage.ts';
import type { Dependencies } from '../core/dependencies.ts';
import type { JobsDatabase } from '../core/store/jobs-database.ts';
import { TASK_QUEUES } from '../core/temporal/task-queues.ts';

/** What every worker of this process shares. */
export interface WorkerParts {
  dependencies: Dependencies;
  jobs: JobsDatabase;
  /** Reaches providers and upstreams, through the network guard. */
  outboundAgent: Dispatcher;
  connection: NativeConnection;
  client: Client;
  dataConverter: DataConverter;
  workflowBundle: { code: string };
  interceptors: WorkerInterceptors;
}

/** The worker of the control plane's workflows. */
export function createControlWorker(parts: WorkerParts): Promise<Worker> {
  const { dependencies, jobs, outboundAgent, connection, client, dataConverter, workflowBundle, interceptors } = parts;
  const rotation = { ...dependencies, outboundAgent, jobs, now: Date.now };
  return Worker.create({
    connection,
    namespace: dependencies.config.TEMPORAL_NAMESPACE,
    taskQueue: TASK_QUEUES.control,
    workflowBundle,
    dataConverter,
    interceptors,
    activities: {
      ...createAgentActivities(dependencies),
      ...createHousekeepingActivities({ ...dependencies, jobs, client }),
      ...createGrantKeepingActivities({ ...dependencies, jobs }),
      ...createLogKeepingActivities(jobs),
      ...createAuditHeadActivities({ ...dependencies, jobs }),
      ...createAlertActivities({ ...dependencies, jobs, now: Date.now }),
      ...createApprovalActivities(rotation),
      ...createRotationActivities(rotation),
      ...createLateKeyActivities(rotation),
      ...createAgentKeyRotationActivities(rotation),
      ...createDueRotationActivities(rotation),
      ...createAccessRevocationActivities(rotation),
      ...createUsageActivities(rotation),
      ...createHealthActivities(jobs),
      ...createChannelActivities(rotation),
      ...createMailboxKeepingActivities({ ...dependencies, jobs }),
    },
    maxCachedWorkflows: 200,
    // A drain learns of a cancellation when it heartbeats.
    maxHeartbeatThrottleInterval: '2 seconds',
    shutdownGraceTime: '3 seconds',
    shutdownForceTime: '8 seconds',
  });
}
