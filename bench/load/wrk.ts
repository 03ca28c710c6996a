import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Call } from '../peers/peer.ts';
import type { Post } from './post.ts';

/** The figures of one run of closed-loop load: as many calls as the server answers. */
export interface Throughput {
  requestsPerSecond: number;
  failures: number;
}

/** Debian's `wrk`, one thread. */
export async function wrk({ url, headers }: Call, connections: number, seconds: number): Promise<Throughput> {
  const fields = Object.entries(headers).flatMap(([name, value]) => ['-H', `${name}: ${value}`]);
  return run(connections, seconds, [...fields, url]);
}

/** The same with posts, sent one after the other and then from the first again. */
export async function wrkPosts(posts: readonly Post[], connections: number, seconds: number): Promise<Throughput> {
  const folder = await mkdtemp(join(tmpdir(), 'agentgateway-wrk-'));
  try {
    const script = join(folder, 'posts.lua');
    await writeFile(script, lua(posts));
    return await run(connections, seconds, ['-s', script, posts[0]?.url ?? '']);
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** wrk's own script, which writes each request once and sends it as it is. */
function lua(posts: readonly Post[]): string {
  const requests = posts.map(({ url, headers, body }) => {
    const fields = Object.entries(headers).map(([name, value]) => `[ [[${name}]] ] = [[${value}]]`);
    return `wrk.format('POST', [[${new URL(url).pathname}]], { ${fields.join(', ')} }, [[${body}]])`;
  });
  return `local requests, last = {}, 0
function init() requests = { ${requests.join(',\n')} } end
function request()
  last = last % #requests + 1
  return requests[last]
end
`;
}

async function run(connections: number, seconds: number, rest: readonly string[]): Promise<Throughput> {
  const { stdout } = await promisify(execFile)('wrk', ['-t1', `-c${connections}`, `-d${seconds}s`, ...rest]);
  const requestsPerSecond = Number(/Requests\/sec:\s+([\d.]+)/.exec(stdout)?.[1]);
  const refused = Number(/Non-2xx or 3xx responses: (\d+)/.exec(stdout)?.[1] ?? 0);
  const errors = /Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)/.exec(stdout)?.slice(1) ?? [];
  return { requestsPerSecond, failures: errors.reduce((sum, count) => sum + Number(count), refused) };
}
