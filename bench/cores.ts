import { execFileSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { cpus } from 'node:os';

/** What is measured has this core for itself; load, upstream and Postgres share the other one. */
export const MEASURED_CORE = 0;
export const LOAD_CORE = 1;

/** Lets this process, and whatever it starts from now on, run on every core: nothing is measured apart from it. */
export function useAllCores(): void {
  execFileSync('taskset', ['-acp', `0-${cpus().length - 1}`, String(process.pid)], { stdio: 'ignore' });
}

/** Keeps this process, and whatever it starts, off the measured core. */
export function stayOnLoadCore(): void {
  execFileSync('taskset', ['-acp', String(LOAD_CORE), String(process.pid)], { stdio: 'ignore' });
}

/** How long a core has not been idle since the machine's start, in seconds (proc(5), /proc/stat; USER_HZ is 100). */
export async function busySeconds(core: number): Promise<number> {
  const line = (await readFile('/proc/stat', 'utf8')).split('\n').find((each) => each.startsWith(`cpu${core} `)) ?? '';
  const [user = 0, nice = 0, system = 0, , , interrupts = 0, softInterrupts = 0, stolen = 0] = line
    .split(' ')
    .slice(1)
    .map(Number);
  return (user + nice + system + interrupts + softInterrupts + stolen) / 100;
}
