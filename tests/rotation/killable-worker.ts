import type { ChildProcess } from 'node:child_process';
import type { Config } from '../../core/config.ts';
import { createDataConverter, payloadKeys } from '../../core/temporal/data-converter.ts';
import { endProcess, startProcess } from '../servers/child-process.ts';
import type { KillPoint } from '../servers/killing-at.ts';
import { startTestTemporal, type TestTemporal } from '../servers/temporal.ts';
import { startRotationHarness } from './harness.ts';

/** What a worker's process needs to work on a test's database and Temporal. */
export function workerEnvironment(
  { AGENTGATEWAY_DATA_DIR, DATABASE_URL_APP, DATABASE_URL_JOBS }: Config,
  { address, namespace }: { address: string; namespace: string },
): NodeJS.ProcessEnv {
  return {
    PATH: process.env.PATH,
    LOG_LEVEL: 'fatal',
    AGENTGATEWAY_DATA_DIR,
    DATABASE_URL_APP,
    DATABASE_URL_JOBS,
    TEMPORAL_ADDRESS: address,
    TEMPORAL_NAMESPACE: namespace,
  };
}

/**
 * Starts a worker in a process of its own; resolves when it takes work.
 * @param killAt where it ends itself by SIGKILL
 * @param main the file that runs it
 */
export function startKillableWorker(
  environment: NodeJS.ProcessEnv,
  killAt?: KillPoint,
  main = 'tests/rotation/killable-worker-main.ts',
): Promise<ChildProcess> {
  return startProcess(main, { ...environment, KILL_AT: killAt }, 'ready');
}

export type KillableHarness = Awaited<ReturnType<typeof startKillableHarness>>;

/** A rotation harness whose workers are processes that a test starts and kills. */
export async function startKillableHarness() {
  let temporal: TestTemporal;
  const workers: ChildProcess[] = [];
  const harness = await startRotationHarness(
    async ({ dependencies }) => {
      const dataConverter = createDataConverter(payloadKeys(dependencies.instanceKeys));
      temporal = await startTestTemporal(dataConverter);
      return { temporal, dataConverter };
    },
    { ownWorker: false },
  );
  return {
    ...harness,
    async startWorker(killAt?: KillPoint): Promise<ChildProcess> {
      const environment = workerEnvironment(harness.dependencies.config, temporal);
      const worker = await startKillableWorker(environment, killAt);
      workers.push(worker);
      return worker;
    },
    async killWorkers(): Promise<void> {
      await Promise.all(workers.splice(0).map((worker) => endProcess(worker, 'SIGKILL')));
    },
    async stop(): Promise<void> {
      await harness.stop();
      await temporal.stop();
    },
  };
}
