import { readFileSync } from 'node:fs';
import { NativeConnection } from '@temporalio/worker';
import { createChannelActivities } from '../../../activities/alert-deliveries.ts';
import { createAlertActivities } from '../../../activities/alerts.ts';
import { loadConfig } from '../../../core/config.ts';
import { openControlPlane } from '../../../core/control-plane.ts';
import { createLogger } from '../../../core/log.ts';
import { openJobsDatabase } from '../../../core/store/jobs-database.ts';
import { createDataConverter, payloadKeys } from '../../../core/temporal/data-converter.ts';
import { createTemporalClient } from '../../../core/temporal/workflow-client.ts';
import { loopbackAgent } from '../../rotation/harness.ts';
import { runTestWorker } from '../../servers/control-worker.ts';
import { killingAt } from '../../servers/killing-at.ts';
import { quietTemporalRuntime } from '../../servers/quiet-runtime.ts';

/**
 * The worker of alerts in a process of its own, which kills itself before or after the work of one activity
 * (`KILL_AT=lookAtAlert:after`). What time it is for rules stands in a file that the test writes.
 */
const config = loadConfig(process.env);
const { dependencies } = await openControlPlane(config, createLogger('alert-worker'));
quietTemporalRuntime();
const connection = await NativeConnection.connect({ address: config.TEMPORAL_ADDRESS ?? '' });
const dataConverter = createDataConverter(payloadKeys(dependencies.instanceKeys));
const client = createTemporalClient({ connection, namespace: config.TEMPORAL_NAMESPACE, dataConverter });
const jobs = openJobsDatabase(config.DATABASE_URL_JOBS ?? '');
const now = () => Number(readFileSync(process.env.CLOCK_FILE ?? '', 'utf8'));
const activities = {
  ...createAlertActivities({ ...dependencies, jobs, now }),
  ...createChannelActivities({ ...dependencies, jobs, outboundAgent: loopbackAgent(), now: Date.now }),
};

await runTestWorker({ connection, client, dataConverter, activities: killingAt(activities, process.env.KILL_AT) });
process.stdout.write('ready\n');
