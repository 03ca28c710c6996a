import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Call } from '../peers/peer.ts';

/** The figures of one run of closed-loop load: as many calls as the server answers. */
export interface Throughput {
  requestsPerSecond: number;
  failures: number;
}

/** Debian's `wrk`, one thread. */
export async function wrk({ url, headers }: Call, connections: number, seconds: number): Promise<Throughput> {
  const fields = Object.entries(headers).flatMap(([name, value]) => ['-H', `${name}: ${value}`]);
  const args = ['-t1', `-c${connections}`, `-d${seconds}s`, ...fields, url];
  const { stdout } = await promisify(execFile)('wrk', args);
  const requestsPerSecond = Number(/Requests\/sec:\s+([\d.]+)/.exec(stdout)?.[1]);
  const refused = Number(/Non-2xx or 3xx responses: (\d+)/.exec(stdout)?.[1] ?? 0);
  const errors = /Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)/.exec(stdout)?.slice(1) ?? [];
  return { requestsPerSecond, failures: errors.reduce((sum, count) => sum + Number(count), refused) };
}
