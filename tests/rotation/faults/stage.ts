import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { pino } from 'pino';
import { loadConfig } from '../../../core/config.ts';
import { openControlPlane } from '../../../core/control-plane.ts';
import type { Dependencies } from '../../../core/dependencies.ts';
import { migrate } from '../../../tools/migrations/migrate.ts';
import { startPostgres } from '../../../tools/postgres/embedded-postgres.ts';
import { prepareTemporal } from '../../../tools/temporal/embedded-temporal.ts';
import { findTemporal } from '../../../tools/temporal/find-temporal.ts';
import { freePort } from '../../servers/free-port.ts';

const root = join(import.meta.dirname, '../../..');

/** Real servers and processes of its own, each of which can be ended hard and started again. */
export interface Stage {
  dependencies: Dependencies;
  relayPort: number;
  restartPostgres(): Promise<void>;
  restartTemporal(): Promise<void>;
  /** @param killAt where the next worker ends itself, as fault-worker.ts takes it */
  restartWorker(killAt?: string): Promise<void>;
  /** How often a worker ended that nobody stopped. */
  workerDeaths(): number;
  stop(): Promise<void>;
}

export async function startStage(): Promise<Stage> {
  const dataDir = await mkdtemp(join(tmpdir(), 'agentgateway-faults-'));
  let postgres = await startPostgres({ dataDir, port: 0 });
  const { urls } = await migrate({ databaseUrl: postgres.url, dataDir });
  const temporal = await startTemporal(dataDir);
  const environment = {
    PATH: process.env.PATH,
    AGENTGATEWAY_DATA_DIR: dataDir,
    AGENTGATEWAY_ALLOWED_PRIVATE_UPSTREAMS: '127.0.0.0/8',
    DATABASE_URL_APP: urls.app,
    DATABASE_URL_RELAY: urls.relay,
    DATABASE_URL_LOG_WRITER: urls.logWriter,
    DATABASE_URL_JOBS: urls.jobs,
    TEMPORAL_ADDRESS: temporal.address,
    RELAY_PORT: String(await freePort()),
  };
  const { dependencies, close } = await openControlPlane(loadConfig(environment), pino({ level: 'silent' }));
  const relay = await startProcess('relay/main.ts', environment, '"listening"');
  const worker = keepWorker(environment);
  await worker.restart();
  return {
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
      await end(relay, 'SIGTERM');
      await close();
      await temporal.stop();
      await postgres.stop();
      await rm(dataDir, { recursive: true });
    },
  };
}

/** Several rotations may ask for a restart at the same moment. */
function oneAfterTheOther<Arguments extends unknown[]>(restart: (...args: Arguments) => Promise<void>): typeof restart {
  let last: Promise<void> = Promise.resolve();
  return (...args) => {
    last = last.then(() => restart(...args));
    return last;
  };
}

async function startTemporal(dataDir: string) {
  const command = await findTemporal({ environment: process.env, say: () => {} });
  const made = await prepareTemporal({ command, dataDir, namespace: 'default', port: 0, uiPort: 0, appPort: 1 });
  const { plan, address, ready } = made;
  const start = async () => {
    const child = endWithUs(
      spawn(plan.command, plan.args, {
        env: plan.environment,
        cwd: plan.workingDirectory,
        stdio: 'ignore',
      }),
    );
    await ready();
    return child;
  };
  let child = await start();
  return {
    address,
    async restart() {
      await end(child, 'SIGKILL');
      child = await start();
    },
    stop: () => end(child, 'SIGKILL'),
  };
}

/** As the supervisor does: a worker that ended is started again. */
function keepWorker(environment: NodeJS.ProcessEnv) {
  let child: ChildProcess | null = null;
  let deaths = 0;
  const start = async (killAt = ''): Promise<void> => {
    const started = await startProcess(
      'tests/rotation/faults/fault-worker.ts',
      { ...environment, KILL_AT: killAt },
      'ready',
    );
    child = started;
    started.once('exit', () => {
      if (child !== started) return;
      deaths += 1;
      void start();
    });
  };
  const stop = async () => {
    const stopped = child;
    child = null;
    if (stopped !== null) await end(stopped, 'SIGKILL');
  };
  return {
    deaths: () => deaths,
    stop,
    async restart(killAt?: string) {
      await stop();
      await start(killAt);
    },
  };
}

async function startProcess(file: string, env: NodeJS.ProcessEnv, readyWord: string): Promise<ChildProcess> {
  const child = endWithUs(spawn(process.execPath, [file], { cwd: root, stdio: ['ignore', 'pipe', 'inherit'], env }));
  for await (const line of createInterface({ input: child.stdout })) if (line.includes(readyWord)) break;
  child.stdout.resume();
  return child;
}

/** A run that breaks off leaves no process behind. */
function endWithUs<Process extends ChildProcess>(child: Process): Process {
  const kill = () => child.kill('SIGKILL');
  process.once('exit', kill);
  child.once('exit', () => process.off('exit', kill));
  return child;
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill(signal);
  await exited;
}
