import { readFile } from 'node:fs/promises';
import type pg from 'pg';

/** Milliseconds of a tick in /proc (man proc_pid_stat: `sysconf(_SC_CLK_TCK)`, 100 on Linux). */
const TICK_MS = 10;

/**
 * The CPU time that Postgres' processes for an application's connections have used so far, in milliseconds: what work costs
 * however busy the machine is. NaN where there is no /proc.
 * @param application as its connections call themselves
 */
export async function backendCpuMs(sql: pg.Client, application: string): Promise<number> {
  const { rows } = await sql.query<{ pid: number }>('SELECT pid FROM pg_stat_activity WHERE application_name = $1', [
    application,
  ]);
  const used = await Promise.all(rows.map(({ pid }) => cpuMsOf(pid)));
  return used.reduce((sum, milliseconds) => sum + milliseconds, 0);
}

async function cpuMsOf(pid: number): Promise<number> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  // The fields after the command, which stands in brackets and may hold anything: utime and stime are the 14th and 15th of all.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * TICK_MS;
}
