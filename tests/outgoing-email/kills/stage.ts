import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { createHousekeepingActivities, type HousekeepingActivities } from '../../../activities/housekeeping.ts';
import type { Dependencies } from '../../../core/dependencies.ts';
import { openJobsDatabase } from '../../../core/store/jobs-database.ts';
import { openTemporal } from '../../../core/temporal/connection.ts';
import { createDataConverter, payloadKeys } from '../../../core/temporal/data-converter.ts';
import { createTemporalClient, createWorkflows } from '../../../core/temporal/workflow-client.ts';
import { testDependencies } from '../../servers/dependencies.ts';
import { startTestDovecot } from '../../servers/dovecot-server.ts';
import { freePort } from '../../servers/free-port.ts';
import { startOwnTemporal } from '../../servers/own-temporal.ts';
import { lookAt, seedSender } from '../mail-bench.ts';
import { keepProcess } from './kept-process.ts';

/** Real servers and processes of its own, each of which is ended hard and started again while mails are under way. */
export async function startKillStage({ workers: workerCount, slowestMs }: { workers: number; slowestMs: number }) {
  const made = await testDependencies({ environment: { AGENTGATEWAY_ALLOWED_PRIVATE_UPSTREAMS: '127.0.0.0/8' } });
  const { config } = made.dependencies;
  const dovecot = await startTestDovecot();
  const temporal = await startOwnTemporal(config.AGENTGATEWAY_DATA_DIR);
  const dataConverter = createDataConverter(payloadKeys(made.dependencies.instanceKeys));
  const connection = openTemporal({ ...config, TEMPORAL_ADDRESS: temporal.address });
  const client = createTemporalClient({ connection, namespace: 'default', dataConverter });
  const dependencies: Dependencies = { ...made.dependencies, workflows: createWorkflows(client) };

  const jobs = openJobsDatabase(config.DATABASE_URL_JOBS ?? '');
  const keepHouse = startHousekeeping(createHousekeepingActivities({ ...dependencies, jobs, client }));
  const receipts = join(config.AGENTGATEWAY_DATA_DIR, 'receipts');
  await writeFile(receipts, '');
  const smtpPort = await freePort();
  const { key: KEY, cert: CERT } = dovecot.certificate;
  const smtp = await keepProcess('tests/outgoing-email/kills/receiving-main.ts', {
    PATH: process.env.PATH,
    PORT: String(smtpPort),
    RECEIPTS: receipts,
    SLOWEST_MS: String(slowestMs),
    KEY,
    CERT,
  });
  const environment = {
    PATH: process.env.PATH,
    LOG_LEVEL: 'fatal',
    AGENTGATEWAY_DATA_DIR: config.AGENTGATEWAY_DATA_DIR,
    AGENTGATEWAY_ALLOWED_PRIVATE_UPSTREAMS: '127.0.0.0/8',
    DATABASE_URL_APP: config.DATABASE_URL_APP,
    TEMPORAL_ADDRESS: temporal.address,
    NODE_EXTRA_CA_CERTS: CERT,
  };
  const workers = await Promise.all(
    Array.from({ length: workerCount }, () => keepProcess('tests/outgoing-email/kills/worker-main.ts', environment)),
  );
  return {
    dependencies,
    dovecot,
    smtp,
    workers,
    temporal,
    /** The Message-IDs of what the receiving server took, as often as it took them. */
    async received(): Promise<string[]> {
      return (await readFile(receipts, 'utf8')).split('\n').filter((line) => line !== '');
    },
    async sender() {
      const sender = await seedSender(dependencies, dovecot, smtpPort);
      return { ...sender, ...lookAt(dependencies, dovecot, sender) };
    },
    async stop() {
      await keepHouse.stop();
      await jobs.close();
      await Promise.all(workers.map((worker) => worker.stop()));
      await connection.close();
      await Promise.all([temporal.stop(), smtp.stop(), dovecot.stop()]);
      await made.stop();
    },
  };
}

const HOUSEKEEPING_MS = 5_000;

/** As the product's schedule does each minute: a start whose answer was lost with Temporal is made up for. */
function startHousekeeping({ settleAcceptedOperations }: HousekeepingActivities) {
  const stopping = new AbortController();
  const running = (async () => {
    while (!stopping.signal.aborted) {
      await pause(HOUSEKEEPING_MS, undefined, { signal: stopping.signal }).catch(() => {});
      // What is away is asked again.
      await settleAcceptedOperations().catch(() => {});
    }
  })();
  return {
    async stop() {
      stopping.abort();
      await running;
    },
  };
}

export type KillStage = Awaited<ReturnType<typeof startKillStage>>;
