import { createMailboxSyncActivities } from '../../activities/mailbox-sync.ts';
import type { Dependencies } from '../../core/dependencies.ts';
import { openJobsDatabase } from '../../core/store/jobs-database.ts';
import { createDataConverter, payloadKeys } from '../../core/temporal/data-converter.ts';
import { createWorkflows } from '../../core/temporal/workflow-client.ts';
import { mailActivities } from '../outgoing-email/mail-bench.ts';
import { loopbackAgent, rotationActivities } from '../rotation/harness.ts';
import { runTestWorker } from '../servers/control-worker.ts';
import type { TestDependencies } from '../servers/dependencies.ts';
import { startTestTemporal } from '../servers/temporal.ts';

export interface RunningWorkflows {
  /** With which what the app starts is carried out. */
  dependencies: Dependencies;
  stop(): Promise<void>;
}

/** A real Temporal, and a worker of everything that a person starts on the dashboard. */
export async function runWorkflows({
  dependencies: recorded,
  testDatabase,
}: TestDependencies): Promise<RunningWorkflows> {
  const dataConverter = createDataConverter(payloadKeys(recorded.instanceKeys));
  const temporal = await startTestTemporal(dataConverter);
  const { client, nativeConnection: connection } = temporal;
  const dependencies = { ...recorded, workflows: createWorkflows(client) };
  const jobs = openJobsDatabase(testDatabase.urls.jobs);
  const outboundAgent = loopbackAgent();
  const activities = {
    ...rotationActivities(dependencies, { jobs, outboundAgent }),
    ...mailActivities(dependencies),
    ...createMailboxSyncActivities(dependencies),
  };
  const worker = await runTestWorker({ connection, client, dataConverter, activities });
  return {
    dependencies,
    async stop() {
      await worker.stop();
      await outboundAgent.destroy();
      await jobs.close();
      await temporal.stop();
    },
  };
}
