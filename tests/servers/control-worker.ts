import { join } from 'node:path';
import type { Client } from '@temporalio/client';
import type { DataConverter } from '@temporalio/common';
import { type NativeConnection, Worker } from '@temporalio/worker';
import { TASK_QUEUES } from '../../core/temporal/task-queues.ts';
import { bundleWorkflows } from '../../workers/workflow-bundle.ts';
import { quietLogger, quietTemporalRuntime } from './quiet-runtime.ts';

const cacheFolder = join(import.meta.dirname, '../../node_modules/.cache/agentgateway');

interface TestWorker {
  connection: NativeConnection;
  client: Client;
  dataConverter: DataConverter | undefined;
  activities: object;
}

/** The product's workflows, without Temporal's own log. */
export function workflowBundle(): Promise<{ code: string }> {
  return bundleWorkflows(cacheFolder, quietLogger);
}

/** Runs the control plane's workflows with given activities until it is stopped. */
export async function runTestWorker({ connection, client, dataConverter, activities }: TestWorker) {
  quietTemporalRuntime();
  const worker = await Worker.create({
    connection,
    namespace: client.options.namespace,
    taskQueue: TASK_QUEUES.control,
    workflowBundle: await workflowBundle(),
    ...(dataConverter && { dataConverter }),
    activities,
    maxHeartbeatThrottleInterval: '500ms',
    shutdownGraceTime: '100ms',
  });
  const running = worker.run();
  return {
    async stop() {
      if (worker.getState() === 'RUNNING') worker.shutdown();
      await running;
    },
  };
}
