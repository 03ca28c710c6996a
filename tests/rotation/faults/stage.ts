import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { pino } from 'pino';
import { loadConfig } from '../../../core/config.ts';
import { openControlPlane } from '../../../core/control-plane.ts';
import type { Dependencies } from '../../../core/dependencies.ts';
import { migrate } from '../../../tools/migrations/migrate.ts';
import { startPostgres } from '../../../tools/postgres/embedded-postgres.ts';
import { endProcess, startProcess } from '../../servers/child-process.ts';
import { freePort } from '../../servers/free-port.ts';
import type { KillPoint } from '../../servers/killing-at.ts';
import { startOwnTemporal } from '../../servers/own-temporal.ts';
import { startTestRedis } from '../../servers/redis-server.ts';
import { type KeptWorker, keepWorker } from './kept-worker.ts';

/** Real servers and processes of its own, each of which can be ended hard and started again. */
export interface Stage {
  /** What further processes are started with. */
  environment: NodeJS.ProcessEnv;
  dependencies: Dependencies;
  relayPort: number;
  restartPostgres(): Promise<void>;
  restartTemporal(): Promise<void>;
  /** @param killAt where the next worker ends itself */
  restartWorker(killAt?: KillPoint): Promise<KeptWorker>;
  /** How often a worker ended that nobody stopped. */
  workerDeaths(): number;
  stop(): Promise<void>;
}

/** @param relays so many relay processes on one port; several share a Redis, as in production */
export async function startStage({ relays }: { relays: number }): Promise<Stage> {
  const dataDir = await mkdtemp(join(tmpdir(), 'agentgateway-faults-'));
  let postgres = await startPostgres({ dataDir, port: 0 });
  const { urls } = await migrate({ databaseUrl: postgres.url, dataDir });
  const temporal = await startOwnTemporal(dataDir);
  const redis = relays > 1 ? await startTestRedis() : null;
  const environment = {
    PATH: process.env.PATH,
    AGENTGATEWAY_DATA_DIR: dataDir,
    AGENTGATEWAY_ALLOWED_PRIVATE_UPSTREAMS: '127.0.0.0/8',
    DATABASE_URL_APP: urls.app,
    DATABASE_URL_RELAY: urls.relay,
    DATABASE_URL_LOG_WRITER: urls.logWriter,
    DATABASE_URL_JOBS: urls.jobs,
    TEMPORAL_ADDRESS: temporal.address,
    PORT: String(await freePort()),
    RELAY_PORT: String(await freePort()),
    RELAY_PROCESSES: String(relays),
    ...(redis && { REDIS_URL: redis.url }),
  };
  const { dependencies, close } = await openControlPlane(loadConfig(environment), pino({ level: 'silent' }));
  const startRelay = () => startProcess('relay/main.ts', environment, '"listening"');
  const relayProcesses = await Promise.all(Array.from({ length: relays }, startRelay));
  await untilHeard(dependencies, relays);
  const worker = keepWorker({ ...environment, LOG_LEVEL: 'fatal' });
  await worker.restart();
  return {
    environment,
    dependencies,
    relayPort: Number(environment.RELAY_PORT),
    restartPostgres: oneAfterTheOther(async () => {
      const { port } = postgres;
      await postgres.stop();
      postgres = await startPostgres({ dataDir, port });
    }),
    restartTemporal: oneAfterTheOther(temporal.restart),
    restartWorker: oneAfterTheOther(worker.restart),
    workerDeaths: worker.deaths,
    async stop() {
      await worker.stop();
      await Promise.all(relayProcesses.map((relay) => endProcess(relay, 'SIGTERM')));
      await close();
      await temporal.stop();
      await postgres.stop();
      await redis?.stop();
      await rm(dataDir, { recursive: true });
    },
  };
}

/** Several rotations may ask for a restart at the same moment. */
function oneAfterTheOther<Arguments extends unknown[], Result>(
  restart: (...args: Arguments) => Promise<Result>,
): typeof restart {
  let last: Promise<unknown> = Promise.resolve();
  return (...args) => {
    const restarted = last.then(() => restart(...args));
    last = restarted;
    return restarted;
  };
}

/** A relay that has not told of itself yet would be waited for by nobody. */
async function untilHeard({ database }: Dependencies, relays: number): Promise<void> {
  const heard = () => database.inInstance((transaction) => transaction.$queryRaw<unknown[]>`SELECT FROM relay_process`);
  while ((await heard()).length < relays) await pause(20);
}
