import { NativeConnection } from '@temporalio/worker';
import { loadConfig } from '../../core/config.ts';
import { openControlPlane } from '../../core/control-plane.ts';
import { createLogger } from '../../core/log.ts';
import { openJobsDatabase } from '../../core/store/jobs-database.ts';
import { createDataConverter, payloadKeys } from '../../core/temporal/data-converter.ts';
import { createTemporalClient } from '../../core/temporal/workflow-client.ts';
import { runTestWorker } from '../servers/control-worker.ts';
import { quietTemporalRuntime } from '../servers/quiet-runtime.ts';
import { loopbackAgent, rotationActivities } from './harness.ts';

/** A worker in a process of its own, which kills itself before or after the work of one activity: `KILL_AT=cutOver:after`. */
const config = loadConfig(process.env);
const [killedActivity, moment] = (process.env.KILL_AT ?? '').split(':');
const { dependencies } = await openControlPlane(config, createLogger('killable-worker'));
quietTemporalRuntime();
const connection = await NativeConnection.connect({ address: config.TEMPORAL_ADDRESS ?? '' });
const dataConverter = createDataConverter(payloadKeys(dependencies.instanceKeys));
const client = createTemporalClient({ connection, namespace: config.TEMPORAL_NAMESPACE, dataConverter });
const jobs = openJobsDatabase(config.DATABASE_URL_JOBS ?? '');
const activities = rotationActivities(dependencies, { jobs, outboundAgent: loopbackAgent() });

const killable = Object.entries(activities).map(([name, activity]) => [
  name,
  async (...args: never[]) => {
    if (name === killedActivity && moment === 'before') process.kill(process.pid, 'SIGKILL');
    const answer = await (activity as (...given: never[]) => Promise<unknown>)(...args);
    if (name === killedActivity && moment === 'after') process.kill(process.pid, 'SIGKILL');
    return answer;
  },
]);
await runTestWorker({ connection, client, dataConverter, activities: Object.fromEntries(killable) });
process.stdout.write('ready\n');
