import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { makeTelemetryFilterString, NativeConnection, type NativeConnectionOptions, Runtime } from '@temporalio/worker';
import { type Config, required } from '../core/config.ts';
import { openControlPlane } from '../core/control-plane.ts';
import type { Logger } from '../core/log.ts';
import type { Dialer } from '../core/outbound/dialer.ts';
import { createOutboundAgent } from '../core/outbound/outbound-agent.ts';
import { openJobsDatabase } from '../core/store/jobs-database.ts';
import { temporalAddress } from '../core/temporal/connection.ts';
import { createDataConverter, payloadKeys } from '../core/temporal/data-converter.ts';
import { createTemporalClient } from '../core/temporal/workflow-client.ts';
import { startAuditChainer } from './audit-chainer.ts';
import { recordingBrokenAttempts } from './broken-attempts.ts';
import { createControlWorker, type WorkerParts } from './control.ts';
import { createMailWorker } from './mail.ts';
import { createOutgoingMailWorker } from './outgoing-mail.ts';
import { ensureSchedules } from './schedules.ts';
import { createTemporalLogger } from './temporal-logger.ts';
import { bundleWorkflows } from './workflow-bundle.ts';

const RETRY_MS = 1_000;
const STOP_SIGNALS = ['SIGINT', 'SIGTERM'] as const;

/** Waits for Temporal, however long it is away. */
async function connect(options: NativeConnectionOptions, log: Logger): Promise<NativeConnection> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await NativeConnection.connect(options);
    } catch (error) {
      if (attempt % 30 === 0) log.warn({ reason: (error as Error).message }, 'Temporal does not answer; trying again');
      await pause(RETRY_MS);
    }
  }
}

/**
 * Runs all workers in this process until it is told to stop (SIGINT or SIGTERM, which Temporal's runtime handles: work
 * under way gets a few seconds to end). Rejects when a worker breaks. The dialer is given: the demo brings its own.
 */
export async function runWorkers(options: { config: Config; log: Logger; dialer: Dialer }): Promise<void> {
  const { config, log, dialer } = options;
  // Until the workers run there is nothing to end, and what is waited for may never answer.
  const end = () => process.exit(0);
  for (const signal of STOP_SIGNALS) process.on(signal, end);
  const logger = createTemporalLogger(log);
  const filter = makeTelemetryFilterString({ core: 'WARN', other: 'ERROR' });
  Runtime.install({ logger, telemetryOptions: { logging: { filter, forward: {} } } });
  const { dependencies, close } = await openControlPlane(config, log, { dialer });
  const jobsUrl = required(config.DATABASE_URL_JOBS, 'DATABASE_URL_JOBS');
  const jobs = openJobsDatabase(jobsUrl);
  const auditChainer = startAuditChainer(jobsUrl, dependencies);
  const [connection, workflowBundle] = await Promise.all([
    connect(temporalAddress(config), log),
    bundleWorkflows(join(config.AGENTGATEWAY_DATA_DIR, 'cache'), logger),
  ]);
  const dataConverter = createDataConverter(payloadKeys(dependencies.instanceKeys));
  const client = createTemporalClient({ connection, namespace: config.TEMPORAL_NAMESPACE, dataConverter });
  const outboundAgent = createOutboundAgent(dialer);
  const interceptors = { activity: [recordingBrokenAttempts(dependencies)] };
  const parts: WorkerParts = {
    dependencies,
    jobs,
    outboundAgent,
    connection,
    client,
    dataConverter,
    workflowBundle,
    interceptors,
  };
  const workers = await Promise.all([
    createControlWorker(parts),
    createMailWorker(parts),
    createOutgoingMailWorker(parts),
  ]);
  await ensureSchedules(client, config.AGENTGATEWAY_ALERT_SHARDS);
  log.info('ready');
  for (const signal of STOP_SIGNALS) process.off(signal, end);
  try {
    await Promise.all(workers.map((worker) => worker.run()));
  } finally {
    await auditChainer.stop();
    await Promise.allSettled([connection.close(), jobs.close(), close(), outboundAgent.destroy()]);
  }
}
