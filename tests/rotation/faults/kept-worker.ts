import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { endProcess } from '../../servers/child-process.ts';
import type { KillPoint } from '../../servers/killing-at.ts';
import { startKillableWorker } from '../killable-worker.ts';

export interface KeptWorker {
  /** It has ended by itself, and another one runs in its place. */
  replaced: Promise<void>;
}

/**
 * As the supervisor does: a worker that ended is started again.
 * @param main the file that runs it, where it is not the rotations' worker
 */
export function keepWorker(environment: NodeJS.ProcessEnv, main?: string) {
  let child: ChildProcess | null = null;
  let deaths = 0;
  const start = async (killAt?: KillPoint): Promise<KeptWorker> => {
    const started = await startKillableWorker(environment, killAt, main);
    child = started;
    const replaced = once(started, 'exit').then(async () => {
      if (child !== started) return;
      deaths += 1;
      await start();
    });
    return { replaced };
  };
  const stop = async () => {
    const stopped = child;
    child = null;
    if (stopped !== null) await endProcess(stopped, 'SIGKILL');
  };
  return {
    deaths: () => deaths,
    stop,
    async restart(killAt?: KillPoint) {
      await stop();
      return start(killAt);
    },
  };
}
