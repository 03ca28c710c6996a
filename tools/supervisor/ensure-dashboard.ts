import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { isBuilt, sourcesHash } from '../../dashboard/build/built.ts';

/**
 * Builds the dashboard where it is missing or older than its sources, in a process of its own: the bundler's memory ends
 * with it.
 * @throws Error with what the build said
 */
export async function ensureDashboard({
  say,
  signal,
}: {
  say(line: string): void;
  signal: AbortSignal;
}): Promise<void> {
  if (await isBuilt(await sourcesHash())) return;
  say('building the dashboard, which takes a few seconds');
  try {
    await promisify(execFile)(process.execPath, [join(import.meta.dirname, '../build-dashboard.ts')], { signal });
  } catch (error) {
    const { stderr, message } = error as { stderr?: string; message: string };
    throw new Error(`The dashboard could not be built: ${stderr || message}`, { cause: error });
  }
}
