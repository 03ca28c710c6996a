import type { ChildProcess } from 'node:child_process';
import { startProcess } from '../servers/child-process.ts';

/** An activity of a rotation, and whether the worker dies before or after its work is done (its answer is lost then). */
export type KillPoint = `${string}:before` | `${string}:after`;

/**
 * Starts a worker in a process of its own; resolves when it takes work.
 * @param killAt where it ends itself by SIGKILL
 */
export function startKillableWorker(environment: NodeJS.ProcessEnv, killAt?: KillPoint): Promise<ChildProcess> {
  return startProcess('tests/rotation/killable-worker-main.ts', { ...environment, KILL_AT: killAt }, 'ready');
}
