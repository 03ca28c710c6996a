import type { ChildProcess } from 'node:child_process';
import { endProcess, startProcess } from '../../servers/child-process.ts';

/** A process that is killed again and again, and started again each time, as the supervisor does. */
export interface KeptProcess {
  /** Ends it by SIGKILL, and resolves when the next one is ready. */
  kill(): Promise<void>;
  kills(): number;
  stop(): Promise<void>;
}

export async function keepProcess(file: string, environment: NodeJS.ProcessEnv): Promise<KeptProcess> {
  let isStopped = false;
  let kills = 0;
  /** One that finds a server away ends by itself; the next one finds it again. */
  async function start(): Promise<ChildProcess> {
    const child = await startProcess(file, environment, 'ready').catch(() => null);
    if (child === null) return start();
    child.once('exit', () => {
      if (!isStopped) running = start();
    });
    return child;
  }
  let running = start();
  await running;
  return {
    async kill() {
      const child = await running;
      kills += 1;
      await endProcess(child, 'SIGKILL');
      await running;
    },
    kills: () => kills,
    async stop() {
      isStopped = true;
      await endProcess(await running, 'SIGKILL');
    },
  };
}

/** Kills one of several things at random moments until it is stopped. */
export function killAtRandom(
  random: () => number,
  killers: readonly (() => Promise<void>)[],
  { everyMs }: { everyMs: number },
) {
  let isStopped = false;
  const busy = new Set<number>();
  const running = (async () => {
    const underWay: Promise<void>[] = [];
    while (!isStopped) {
      await new Promise((resolve) => setTimeout(resolve, random() * 2 * everyMs));
      const chosen = Math.floor(random() * killers.length);
      const killer = killers[chosen];
      // One that is still starting is not killed a second time.
      if (isStopped || killer === undefined || busy.has(chosen)) continue;
      busy.add(chosen);
      underWay.push(killer().finally(() => busy.delete(chosen)));
    }
    await Promise.all(underWay);
  })();
  return {
    async stop() {
      isStopped = true;
      await running;
    },
  };
}
