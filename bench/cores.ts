import { execFileSync } from 'node:child_process';

/** What is measured has this core for itself; load, upstream and Postgres share the other one. */
export const MEASURED_CORE = 0;
export const LOAD_CORE = 1;

/** Keeps this process, and whatever it starts, off the measured core. */
export function stayOnLoadCore(): void {
  execFileSync('taskset', ['-acp', String(LOAD_CORE), String(process.pid)], { stdio: 'ignore' });
}
