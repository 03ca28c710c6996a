import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { access, mkdir } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { cacheFolder } from '../peers/cache-folder.ts';
import type { Call } from '../peers/peer.ts';
import type { Post } from './post.ts';

const VERSION = 'v12.13.0';

/** Milliseconds from when a call was due, whether or not those before it were answered. */
export interface Latencies {
  p50: number;
  p99: number;
  highest: number;
  failures: number;
}

/** Open-loop load by `vegeta`, which is built once into the cache. */
export function vegeta({ url, headers }: Call, requestsPerSecond: number, seconds: number): Promise<Latencies> {
  return run([{ method: 'GET', url, headers }], 64, requestsPerSecond, seconds);
}

/** The same with posts over a connection each, sent one after the other and then from the first again. */
export function vegetaPosts(posts: readonly Post[], requestsPerSecond: number, seconds: number): Promise<Latencies> {
  const targets = posts.map((post) => ({ ...post, method: 'POST' }));
  return run(targets, posts.length, requestsPerSecond, seconds);
}

interface Target extends Partial<Post> {
  method: string;
}

async function run(
  targets: readonly Target[],
  connections: number,
  requestsPerSecond: number,
  seconds: number,
): Promise<Latencies> {
  const binary = await builtVegeta();
  const settings = [`-rate=${requestsPerSecond}`, `-duration=${seconds}s`, `-connections=${connections}`];
  const attack = spawn(binary, ['attack', '-format=json', '-max-workers=256', ...settings], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  attack.stdin.end(targets.map(targetLine).join(''));
  const summary = spawn(binary, ['report', '-type=json'], { stdio: ['pipe', 'pipe', 'inherit'] });
  attack.stdout.pipe(summary.stdin);
  const exited = once(summary, 'exit');
  const { latencies, requests, status_codes: statuses } = JSON.parse(await text(summary.stdout));
  await exited;
  const milliseconds = (nanoseconds: number) => nanoseconds / 1e6;
  return {
    p50: milliseconds(latencies['50th']),
    p99: milliseconds(latencies['99th']),
    highest: milliseconds(latencies.max),
    // Of those made: at some rates vegeta makes one call less than rate and duration say.
    failures: requests - (statuses['200'] ?? 0),
  };
}

/** A call in vegeta's format of targets: headers as lists, the body in base64. A line without an end is left out. */
function targetLine({ method, url, headers = {}, body }: Target): string {
  const header = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, [value]]));
  return `${JSON.stringify({ method, url, header, ...(body !== undefined && { body: btoa(body) }) })}\n`;
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
