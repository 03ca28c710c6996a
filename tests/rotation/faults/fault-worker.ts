import { NativeConnection } from '@temporalio/worker';
import { pino } from 'pino';
import { createApprovalActivities } from '../../../activities/approvals.ts';
import { createRotationActivities } from '../../../activities/rotation.ts';
import { loadConfig } from '../../../core/config.ts';
import { openControlPlane } from '../../../core/control-plane.ts';
import { createAddressGuard } from '../../../core/outbound/address-guard.ts';
import { createDialer } from '../../../core/outbound/dialer.ts';
import { createOutboundAgent } from '../../../core/outbound/outbound-agent.ts';
import { openJobsDatabase } from '../../../core/store/jobs-database.ts';
import { temporalAddress } from '../../../core/temporal/connection.ts';
import { createDataConverter, payloadKeys } from '../../../core/temporal/data-converter.ts';
import { createTemporalClient } from '../../../core/temporal/workflow-client.ts';
import { runTestWorker } from '../../servers/control-worker.ts';
import { quietTemporalRuntime } from '../../servers/quiet-runtime.ts';

/**
 * A process with the worker of rotations, which ends itself by SIGKILL where `KILL_AT` says so: `<activity> before` or
 * `<activity> after` its work, when Temporal does not know of its end yet.
 */
const [killActivity, killWhen] = (process.env.KILL_AT ?? '').split(' ');

type Activity = (...args: never[]) => Promise<unknown>;

function killing(activities: Record<string, Activity>): Record<string, Activity> {
  const activity = activities[killActivity ?? ''];
  if (activity === undefined) return activities;
  const die = () => process.kill(process.pid, 'SIGKILL');
  const killed: Activity = async (...args) => {
    if (killWhen === 'before') die();
    await activity(...args);
    die();
  };
  return { ...activities, [killActivity ?? '']: killed };
}

quietTemporalRuntime();
const config = loadConfig(process.env);
const log = pino({ level: process.env.LOG_LEVEL ?? 'silent' });
const { dependencies } = await openControlPlane(config, log);
const connection = await NativeConnection.connect(temporalAddress(config));
const dataConverter = createDataConverter(payloadKeys(dependencies.instanceKeys));
const client = createTemporalClient({ connection, namespace: config.TEMPORAL_NAMESPACE, dataConverter });
const guard = createAddressGuard(config.AGENTGATEWAY_ALLOWED_PRIVATE_UPSTREAMS);
const parts = {
  ...dependencies,
  jobs: openJobsDatabase(config.DATABASE_URL_JOBS ?? ''),
  outboundAgent: createOutboundAgent(createDialer({ guard })),
  now: Date.now,
};
const activities = killing({
  ...createApprovalActivities(parts),
  ...createRotationActivities(parts),
} as unknown as Record<string, Activity>);
await runTestWorker({ connection, client, dataConverter, activities });
process.stdout.write('ready\n');
