import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const VERSION = '5.2.5';

/** Where `tools/install-test-servers.sh` puts moto: outside the work tree, once a machine. */
const program = join(
  process.env.XDG_CACHE_HOME || join(homedir(), '.cache'),
  'agentgateway',
  `moto-${VERSION}`,
  'bin/moto_server',
);

/** Whether moto is on this machine. */
export function hasMoto(): boolean {
  return existsSync(program);
}

/** moto: the AWS services, written by others. After `enforce` it checks signatures and rights. */
export class MotoServer {
  readonly url: string;
  readonly #child: ChildProcess;

  constructor(url: string, child: ChildProcess) {
    this.url = url;
    this.#child = child;
  }

  /** From now on every call needs a valid signature and the right to it. */
  async enforce(): Promise<void> {
    await fetch(`${this.url}/moto-api/reset-auth`, { method: 'POST', body: '0' });
  }

  /** From now on anybody may do anything, so that a test can set the stage. */
  async relax(): Promise<void> {
    await fetch(`${this.url}/moto-api/reset-auth`, { method: 'POST', body: 'inf' });
  }

  /** A call of the query protocol while it is relaxed, as it is at its start. */
  async call(service: 'iam' | 'sts', parameters: Record<string, string>): Promise<string> {
    const response = await fetch(this.url, {
      method: 'POST',
      headers: {
        authorization: `AWS4-HMAC-SHA256 Credential=AKIAsetup/20200101/us-east-1/${service}/aws4_request, SignedHeaders=host, Signature=0`,
      },
      body: new URLSearchParams({ ...parameters, Version: service === 'iam' ? '2010-05-08' : '2011-06-15' }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`moto answered ${response.status}: ${text}`);
    return text;
  }

  async stop(): Promise<void> {
    const exited = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await exited;
  }
}

/** A moto of a test's own on a free port; ends with `stop`. */
export async function startMoto(): Promise<MotoServer> {
  const child = spawn(program, ['-H', '127.0.0.1', '-p', '0'], { stdio: ['ignore', 'ignore', 'pipe'] });
  // A run that breaks off leaves no server behind.
  process.once('exit', () => child.kill('SIGKILL'));
  for await (const line of createInterface({ input: child.stderr })) {
    const url = /Running on (http:\/\/127\.0\.0\.1:\d+)/.exec(line)?.[1];
    if (url === undefined) continue;
    child.stderr.resume();
    return new MotoServer(url, child);
  }
  throw new Error('moto ended before it listened.');
}
