import type { ChildProcess } from 'node:child_process';
import type { Config } from '../../core/config.ts';
import { startProcess } from '../servers/child-process.ts';

/** An activity of a rotation, and whether the worker dies before or after its work is done (its answer is lost then). */
export type KillPoint = `${string}:before` | `${string}:after`;

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
 */
export function startKillableWorker(environment: NodeJS.ProcessEnv, killAt?: KillPoint): Promise<ChildProcess> {
  return startProcess('tests/rotation/killable-worker-main.ts', { ...environment, KILL_AT: killAt }, 'ready');
}
