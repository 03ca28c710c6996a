import { link, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { identify, isRunning, type ProcessIdentity } from './process-identity.ts';
import { readRunFile } from './run-file.ts';

/** Another supervisor works in the folder. The message says so, with its URLs. */
export class AlreadyRunningError extends Error {
  override name = 'AlreadyRunningError';
}

/** Who holds the lock; nobody, where a machine that lost its power left a file without words. */
async function readHolder(file: string): Promise<{ text: string; holder: ProcessIdentity | undefined } | undefined> {
  try {
    const text = await readFile(file, 'utf8');
    return { text, holder: parseHolder(text) };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

function parseHolder(text: string): ProcessIdentity | undefined {
  try {
    return JSON.parse(text) as ProcessIdentity;
  } catch {
    return undefined;
  }
}

/** Takes a dead supervisor's lock away, but gives it back if a living one took it in the meantime. */
async function removeStaleLock(file: string, staleText: string): Promise<void> {
  const aside = `${file}.${process.pid}.stale`;
  await rename(file, aside).catch(() => {});
  const moved = await readHolder(aside);
  if (moved && moved.text !== staleText) await link(aside, file).catch(() => {});
  await rm(aside, { force: true });
}

async function describeRunning(dataDir: string, { pid }: ProcessIdentity): Promise<string> {
  const urls = await readRunFile(dataDir);
  const where = urls
    ? `\n  dashboard  ${urls.app_url}\n  MCP        ${urls.mcp_url}\n  relay      ${urls.relay_url}`
    : '';
  return `AgentGateway is already running in ${dataDir} (process ${pid}).${where}`;
}

/**
 * Makes this process the only supervisor of the data folder, until the returned function is called or the process ends.
 * @throws AlreadyRunningError, or Error that says where no lock can be made
 */
export async function takeSupervisorLock(dataDir: string): Promise<() => Promise<void>> {
  const file = join(dataDir, 'supervisor.lock');
  const own = `${file}.${process.pid}`;
  await writeFile(own, JSON.stringify(identify(process.pid)), { mode: 0o600 });
  try {
    for (;;) {
      // A link appears whole or not at all, and never over another one.
      const taken = await link(own, file).then(
        () => true,
        (error: NodeJS.ErrnoException) => {
          if (error.code === 'EEXIST') return false;
          throw new Error(
            `No lock can be made in ${dataDir} (${error.code}): set AGENTGATEWAY_DATA_DIR to a folder of a file system with hard links.`,
          );
        },
      );
      if (taken) return () => rm(file, { force: true });
      const found = await readHolder(file);
      if (found?.holder && isRunning(found.holder)) {
        throw new AlreadyRunningError(await describeRunning(dataDir, found.holder));
      }
      if (found) await removeStaleLock(file, found.text);
    }
  } finally {
    await rm(own, { force: true });
  }
}
