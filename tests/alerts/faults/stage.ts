import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MockActivityEnvironment } from '@temporalio/testing';
import pg from 'pg';
import { pino } from 'pino';
import { createChannelActivities } from '../../../activities/alert-deliveries.ts';
import { loadConfig } from '../../../core/config.ts';
import { openControlPlane } from '../../../core/control-plane.ts';
import type { Dependencies } from '../../../core/dependencies.ts';
import { openJobsDatabase } from '../../../core/store/jobs-database.ts';
import { TASK_QUEUES } from '../../../core/temporal/task-queues.ts';
import { migrate } from '../../../tools/migrations/migrate.ts';
import { startPostgres } from '../../../tools/postgres/embedded-postgres.ts';
import { keepWorker } from '../../rotation/faults/kept-worker.ts';
import { loopbackAgent } from '../../rotation/harness.ts';
import type { KillPoint } from '../../servers/killing-at.ts';
import { startTestTemporal } from '../../servers/temporal.ts';
import { startWebhookReceiver, type WebhookReceiver } from '../../servers/webhook-receiver.ts';

/** A Postgres of its own that can be killed, a worker in a process of its own, and a receiver of webhooks. */
export interface AlertStage {
  dependencies: Dependencies;
  receiver: WebhookReceiver;
  logWriterUrl: string;
  /** Runs the evaluation as its schedule does. @param now what time it is for rules; resolves when it has ended, however */
  evaluate(now: number): Promise<void>;
  /** One statement past row-level security's roles: as the jobs' own role. */
  ask<Row extends pg.QueryResultRow>(statement: string, values?: unknown[]): Promise<Row[]>;
  /** What the channels' schedule does in the ten minutes that come, by when attempts of the dead count as lost. */
  repeatDeliveries(): Promise<void>;
  killPostgres(): Promise<void>;
  restartWorker(killAt?: KillPoint): Promise<{ replaced: Promise<void> }>;
  workerDeaths(): number;
  stop(): Promise<void>;
}

export async function startAlertStage(): Promise<AlertStage> {
  const dataDir = await mkdtemp(join(tmpdir(), 'agentgateway-alerts-'));
  const clockFile = join(dataDir, 'clock');
  await writeFile(clockFile, '0');
  let postgres = await startPostgres({ dataDir, port: 0 });
  const { urls } = await migrate({ databaseUrl: postgres.url, dataDir });
  const temporal = await startTestTemporal({});
  const environment = {
    PATH: process.env.PATH,
    LOG_LEVEL: 'fatal',
    AGENTGATEWAY_DATA_DIR: dataDir,
    AGENTGATEWAY_ALLOWED_PRIVATE_UPSTREAMS: '127.0.0.0/8',
    DATABASE_URL_APP: urls.app,
    DATABASE_URL_JOBS: urls.jobs,
    TEMPORAL_ADDRESS: temporal.address,
    TEMPORAL_NAMESPACE: temporal.namespace,
  };
  const { dependencies, close } = await openControlPlane(loadConfig(environment), pino({ level: 'silent' }));
  const receiver = await startWebhookReceiver();
  const worker = keepWorker({ ...environment, CLOCK_FILE: clockFile }, 'tests/alerts/faults/alert-worker-main.ts');
  await worker.restart();
  const shard = { shard: 0, shards: 1 };
  return {
    dependencies,
    receiver,
    logWriterUrl: urls.logWriter,
    async evaluate(now) {
      await writeFile(clockFile, String(now));
      const workflow = await temporal.client.workflow.start('evaluateAlertRules', {
        args: [shard],
        taskQueue: TASK_QUEUES.control,
        workflowId: `evaluation-${randomUUID()}`,
      });
      await workflow.result().catch(() => {});
    },
    async ask<Row extends pg.QueryResultRow>(statement: string, values: unknown[] = []) {
      const client = new pg.Client({ connectionString: urls.jobs });
      client.on('error', () => {});
      await client.connect();
      return client.query<Row>(statement, values).then(
        ({ rows }) => client.end().then(() => rows),
        (error) => client.end().then(() => Promise.reject(error)),
      );
    },
    async repeatDeliveries() {
      const jobs = openJobsDatabase(urls.jobs);
      const outboundAgent = loopbackAgent();
      for (const aheadMs of [0, 150_000, 300_000, 450_000, 600_000]) {
        const now = () => Date.now() + aheadMs;
        const { deliverDue } = createChannelActivities({ ...dependencies, jobs, outboundAgent, now });
        await new MockActivityEnvironment().run(deliverDue);
      }
      await Promise.all([jobs.close(), outboundAgent.destroy()]);
    },
    async killPostgres() {
      const { port } = postgres;
      await postgres.stop('SIGQUIT');
      postgres = await startPostgres({ dataDir, port });
    },
    restartWorker: worker.restart,
    workerDeaths: worker.deaths,
    async stop() {
      await worker.stop();
      await close();
      await receiver.stop();
      await temporal.stop();
      await postgres.stop();
      await rm(dataDir, { recursive: true });
    },
  };
}
