import { NativeConnection } from '@temporalio/worker';
import { loadConfig } from '../../../core/config.ts';
import { openControlPlane } from '../../../core/control-plane.ts';
import { createLogger } from '../../../core/log.ts';
import { createDataConverter, payloadKeys } from '../../../core/temporal/data-converter.ts';
import { createTemporalClient } from '../../../core/temporal/workflow-client.ts';
import { runTestWorker } from '../../servers/control-worker.ts';
import { quietTemporalRuntime } from '../../servers/quiet-runtime.ts';
import { mailActivities } from '../mail-bench.ts';

/** A worker of drafts and sendings in a process of its own, which a test kills. */
const config = loadConfig(process.env);
const { dependencies } = await openControlPlane(config, createLogger('mail-worker'));
quietTemporalRuntime();
const connection = await NativeConnection.connect({ address: config.TEMPORAL_ADDRESS ?? '' });
const dataConverter = createDataConverter(payloadKeys(dependencies.instanceKeys));
const client = createTemporalClient({ connection, namespace: config.TEMPORAL_NAMESPACE, dataConverter });
await runTestWorker({ connection, client, dataConverter, activities: mailActivities(dependencies) });
process.stdout.write('ready\n');
