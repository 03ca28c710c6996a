import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';

const artifact = 'com.icegreen:greenmail-standalone:2.1.8';
const sha256 = '332bfed79603101308927a951c4b56e89798edf614ed354a927ac9099e8ab4e4';
const reportEverySeconds = 10;
const patienceSeconds = 300;

interface GreenmailSearch {
  environment: NodeJS.ProcessEnv;
  /** A line for the person at the terminal. */
  say: (line: string) => void;
}

/**
 * Finds GreenMail, or has Maven fetch it, from wherever the user's own settings say; it is kept outside the work tree, so
 * that it is fetched once a machine.
 * @returns the path of its jar
 * @throws Error that says what is missing
 */
export async function findGreenmail({ environment, say }: GreenmailSearch): Promise<string> {
  // Java 8, which is too old for it, does not know this option.
  if (!runs('java', environment)) throw new Error('Java 11 or newer is not installed');
  const jar = join(environment.XDG_CACHE_HOME || join(homedir(), '.cache'), 'agentgateway', `${nameOf(artifact)}.jar`);
  if (await isGenuine(jar)) return jar;
  if (!runs('mvn', environment)) throw new Error('Maven, which fetches GreenMail, is not installed');
  say('GreenMail: not found, so Maven fetches it now, once on this machine (10 MB).');
  await mkdir(dirname(jar), { recursive: true });
  const folder = await mkdtemp(`${jar}.`);
  try {
    await fetchInto(folder, { environment, say });
    const fetched = join(folder, `${nameOf(artifact)}.jar`);
    if (!(await isGenuine(fetched))) throw new Error('what Maven fetched is not the GreenMail that is expected');
    await rename(fetched, jar);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  say(`GreenMail: fetched, kept at ${jar}`);
  return jar;
}

const nameOf = (coordinates: string) => coordinates.split(':').slice(1).join('-');

const runs = (command: string, env: NodeJS.ProcessEnv) =>
  spawnSync(command, ['--version'], { stdio: 'ignore', env }).status === 0;

async function isGenuine(jar: string): Promise<boolean> {
  const content = await readFile(jar).catch(() => undefined);
  return content !== undefined && createHash('sha256').update(content).digest('hex') === sha256;
}

/** Maven names each file that it fetches, plug-ins of its own among them: that is the progress told. */
async function fetchInto(folder: string, { environment, say }: GreenmailSearch): Promise<void> {
  const options = ['-B', 'dependency:copy', `-Dartifact=${artifact}`, `-DoutputDirectory=${folder}`];
  const maven = spawn('mvn', options, {
    cwd: folder,
    env: environment,
    stdio: ['ignore', 'pipe', 'ignore'],
    timeout: patienceSeconds * 1_000,
  });
  const began = performance.now();
  let files = 0;
  let problem: string | undefined;
  createInterface({ input: maven.stdout }).on('line', (line) => {
    if (line.includes('Downloaded from')) files++;
    else problem ??= /^\[ERROR\] (.*?)(?: -> \[Help .*)?$/.exec(line)?.[1];
  });
  const timer = setInterval(() => {
    const seconds = Math.round((performance.now() - began) / 1_000);
    say(`GreenMail: fetching, ${seconds} s, ${files} files fetched`);
  }, reportEverySeconds * 1_000);
  const [code] = (await once(maven, 'close')) as [number | null];
  clearInterval(timer);
  if (code !== 0) throw new Error(`Maven could not fetch GreenMail: ${problem ?? 'it did not end in time'}`);
}
