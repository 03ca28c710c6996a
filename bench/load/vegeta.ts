import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { access, mkdir } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { cacheFolder } from '../peers/cache-folder.ts';
import type { Call } from '../peers/peer.ts';

const VERSION = 'v12.13.0';

/** Milliseconds from when a call was due, whether or not those before it were answered. */
export interface Latencies {
  p50: number;
  p99: number;
  highest: number;
  failures: number;
}

/** Open-loop load by `vegeta`, which is built once into the cache. */
export async function vegeta({ url, headers }: Call, requestsPerSecond: number, seconds: number): Promise<Latencies> {
  const binary = await builtVegeta();
  const fields = Object.entries(headers).flatMap(([name, value]) => ['-header', `${name}: ${value}`]);
  const settings = [`-rate=${requestsPerSecond}`, `-duration=${seconds}s`, '-connections=64', '-max-workers=256'];
  const attack = spawn(binary, ['attack', ...settings, ...fields], { stdio: ['pipe', 'pipe', 'inherit'] });
  attack.stdin.end(`GET ${url}\n`);
  const summary = spawn(binary, ['report', '-type=json'], { stdio: ['pipe', 'pipe', 'inherit'] });
  attack.stdout.pipe(summary.stdin);
  const exited = once(summary, 'exit');
  const { latencies, status_codes: statuses } = JSON.parse(await text(summary.stdout));
  await exited;
  const milliseconds = (nanoseconds: number) => nanoseconds / 1e6;
  return {
    p50: milliseconds(latencies['50th']),
    p99: milliseconds(latencies['99th']),
    highest: milliseconds(latencies.max),
    failures: requestsPerSecond * seconds - (statuses['200'] ?? 0),
  };
}

async function builtVegeta(): Promise<string> {
  const folder = `${cacheFolder}/bench-vegeta`;
  const binary = `${folder}/vegeta`;
  if (await isThere(binary)) return binary;
  await mkdir(folder, { recursive: true });
  const environment = { ...process.env, GOBIN: folder };
  await promisify(execFile)('go', ['install', `github.com/tsenart/vegeta/v12@${VERSION}`], { env: environment });
  return binary;
}

async function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
