import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Config } from '../../core/config.ts';

/** An activity of a rotation, and whether the worker dies before or after its work is done (its answer is lost then). */
export type KillPoint = `${string}:before` | `${string}:after`;

export interface KillableWorker {
  /** Resolves when the process is gone. */
  gone: Promise<unknown>;
  kill(): Promise<unknown>;
}

/** Starts a worker in a process of its own; resolves when it takes work. */
export async function startKillableWorker(
  config: Config,
  temporal: { address: string; namespace: string },
  killAt?: KillPoint,
): Promise<KillableWorker> {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'killable-worker-main.ts')], {
    env: {
      PATH: process.env.PATH,
      LOG_LEVEL: 'fatal',
      AGENTGATEWAY_DATA_DIR: config.AGENTGATEWAY_DATA_DIR,
      DATABASE_URL_APP: config.DATABASE_URL_APP,
      DATABASE_URL_JOBS: config.DATABASE_URL_JOBS,
      TEMPORAL_ADDRESS: temporal.address,
      TEMPORAL_NAMESPACE: temporal.namespace,
      ...(killAt !== undefined && { KILL_AT: killAt }),
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const gone = once(child, 'exit');
  await Promise.race([
    once(child.stdout, 'data'),
    gone.then(() => {
      throw new Error('The worker ended before it was ready.');
    }),
  ]);
  return {
    gone,
    kill() {
      child.kill('SIGKILL');
      return gone;
    },
  };
}
