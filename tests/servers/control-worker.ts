import { join } from 'node:path';
import type { Client } from '@temporalio/client';
import type { DataConverter } from '@temporalio/common';
import { type NativeConnection, Worker, type WorkerInterceptors } from '@temporalio/worker';
import { TASK_QUEUES } from '../../core/temporal/task-queues.ts';
import { bundleWorkflows } from '../../workers/workflow-bundle.ts';
import { quietLogger, quietTemporalRuntime } from './quiet-runtime.ts';

const cacheFolder = join(import.meta.dirname, '../../node_modules/.cache/agentgateway');

interface TestWorker {
  connection: NativeConnection;
  client: Client;
  dataConverter: DataConverter | undefined;
  activities: object;
  interceptors?: WorkerInterceptors;
}

/** The product's workflows, without Temporal's own log. */
export function workflowBundle(): Promise<{ code: string }> {
  return bundleWorkflows(cacheFolder, quietLogger);
}

/** Runs the control plane's workflows with given activities, whichever queue they are for, until it is stopped. */
export async function runTestWorker({ connection, client, dataConverter, activities, interceptors }: TestWorker) {
  quietTemporalRuntime();
  const shared = {
    connection,
    namespace: client.options.namespace,
    ...(dataConverter && { dataConverter }),
    ...(interceptors && { interceptors }),
    activities,
    maxHeartbeatThrottleInterval: '500ms',
    shutdownGraceTime: '100ms',
  } as const;
  const { control, ...others } = TASK_QUEUES;
  const workers = await Promise.all([
    Worker.create({ ...shared, taskQueue: control, workflowBundle: await workflowBundle() }),
    ...Object.values(others).map((taskQueue) => Worker.create({ ...shared, taskQueue })),
  ]);
  const running = Promise.all(workers.map((worker) => worker.run()));
  return {
    async stop() {
      for (const worker of workers) if (worker.getState() === 'RUNNING') worker.shutdown();
      await running;
    },
  };
}
