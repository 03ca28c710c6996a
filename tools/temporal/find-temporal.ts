import { execFile } from 'node:child_process';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import sdk from '@temporalio/client/package.json' with { type: 'json' };
import { buildTemporal, findGo } from './build-temporal.ts';

/** The release of the command-line program (with server 1.29.1 and its Web UI) that go.mod in this folder names. */
export const temporalVersion = '1.5.1';

const executable = process.platform === 'win32' ? 'temporal.exe' : 'temporal';

/** Where our own build is kept: outside the work tree, so that it is made once a machine. */
export function cachedTemporal(environment: NodeJS.ProcessEnv): string {
  const cache = environment.XDG_CACHE_HOME || join(homedir(), '.cache');
  return join(cache, 'agentgateway', `temporal-${temporalVersion}`, executable);
}

/** Where the Temporal SDK keeps the server that it downloads for tests. */
function downloadedBySdk(): string {
  const suffix = process.platform === 'win32' ? '.exe' : '';
  return join(tmpdir(), `temporal-sdk-typescript-${sdk.version}${suffix}`);
}

async function runs(command: string, { environment, signal }: TemporalSearch): Promise<boolean> {
  try {
    await promisify(execFile)(command, ['--version'], { env: environment, timeout: 20_000, ...(signal && { signal }) });
    return true;
  } catch {
    return false;
  }
}

/** What the search needs: the environment, a line for the person at the terminal, and a way to end a build. */
export interface TemporalSearch {
  environment: NodeJS.ProcessEnv;
  say: (line: string) => void;
  signal?: AbortSignal;
}

/**
 * Finds the Temporal program, or builds it with Go (a few minutes, once a machine), and says which was taken.
 * @returns the command to run
 * @throws Error that names the three ways to get one
 */
export async function findTemporal(search: TemporalSearch): Promise<string> {
  const { environment, say, signal } = search;
  const cached = cachedTemporal(environment);
  const places = [
    { command: 'temporal', told: 'the one on your PATH' },
    { command: cached, told: `our build, ${cached}` },
    { command: downloadedBySdk(), told: `the SDK's download, ${downloadedBySdk()}` },
  ];
  for (const { command, told } of places) {
    if (await runs(command, search)) {
      say(`Temporal: ${told}`);
      return command;
    }
  }
  signal?.throwIfAborted();
  const go = await findGo(environment);
  if (go === undefined) {
    throw new Error(
      'There is no Temporal server on this machine. Three ways to get one:\n' +
        '  1. install the Temporal CLI (temporal) and put it on your PATH;\n' +
        '  2. install Go 1.21 or newer: the next start builds the server by itself;\n' +
        '  3. set TEMPORAL_ADDRESS to a Temporal cluster that is already running.',
    );
  }
  await buildTemporal({ go, target: cached, environment, say, ...(signal && { signal }) });
  return cached;
}
