import { NativeConnection } from '@temporalio/worker';
import { loadConfig } from '../../core/config.ts';
import { openControlPlane } from '../../core/control-plane.ts';
import { createLogger } from '../../core/log.ts';
import { openJobsDatabase } from '../../core/store/jobs-database.ts';
import { createDataConverter, payloadKeys } from '../../core/temporal/data-converter.ts';
import { createTemporalClient } from '../../core/temporal/workflow-client.ts';
import { recordingBrokenAttempts } from '../../workers/broken-attempts.ts';
import { runTestWorker } from '../servers/control-worker.ts';
import { killingAt } from '../servers/killing-at.ts';
import { quietTemporalRuntime } from '../servers/quiet-runtime.ts';
import { loopbackAgent, rotationActivities } from './harness.ts';

/** A worker in a process of its own, which kills itself before or after the work of one activity: `KILL_AT=cutOver:after`. */
const config = loadConfig(process.env);
const { dependencies } = await openControlPlane(config, createLogger('killable-worker'));
quietTemporalRuntime();
const connection = await NativeConnection.connect({ address: config.TEMPORAL_ADDRESS ?? '' });
const dataConverter = createDataConverter(payloadKeys(dependencies.instanceKeys));
const client = createTemporalClient({ connection, namespace: config.TEMPORAL_NAMESPACE, dataConverter });
const jobs = openJobsDatabase(config.DATABASE_URL_JOBS ?? '');
const activities = rotationActivities(dependencies, { jobs, outboundAgent: loopbackAgent() });

await runTestWorker({
  connection,
  client,
  dataConverter,
  activities: killingAt(activities, process.env.KILL_AT),
  interceptors: { activity: [recordingBrokenAttempts(dependencies)] },
});
process.stdout.write('ready\n');
