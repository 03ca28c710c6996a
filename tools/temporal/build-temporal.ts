import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';

const goPackage = 'github.com/temporalio/cli/cmd/temporal';
const reportEverySeconds = 10;

/** The Go program, on PATH or where its installer puts it; undefined when there is none. */
export async function findGo(environment: NodeJS.ProcessEnv): Promise<string | undefined> {
  for (const command of ['go', '/usr/local/go/bin/go']) {
    try {
      await promisify(execFile)(command, ['version'], { env: environment });
      return command;
    } catch {}
  }
  return undefined;
}

interface Build {
  go: string;
  /** Absolute path of the program to make. */
  target: string;
  environment: NodeJS.ProcessEnv;
  say: (line: string) => void;
  signal?: AbortSignal;
}

/** `go build -v` names each module that it downloads and each package that it compiles: that is the progress told. */
function reportProgress(lines: AsyncIterable<string>, say: Build['say']): { stop(): string } {
  const started = performance.now();
  let [downloaded, compiled, lastMessage] = [0, 0, ''];
  const follow = async () => {
    for await (const line of lines) {
      if (line.startsWith('go: downloading ')) downloaded++;
      else if (/^[\w.]+(\/|$)/.test(line) && !line.includes(' ')) compiled++;
      else lastMessage = line;
    }
  };
  const followed = follow();
  const timer = setInterval(() => {
    const seconds = Math.round((performance.now() - started) / 1_000);
    say(`Temporal: building, ${seconds} s, ${downloaded} modules downloaded, ${compiled} packages compiled`);
  }, reportEverySeconds * 1_000);
  return {
    stop: () => {
      clearInterval(timer);
      followed.catch(() => {});
      return lastMessage;
    },
  };
}

/**
 * Builds the program from the sources that go.mod and go.sum in this folder pin. It appears under its name only when
 * complete, so a build that was interrupted is simply done again.
 */
export async function buildTemporal({ go, target, environment, say, signal }: Build): Promise<void> {
  say('Temporal: not found, so it is built with Go now. This takes about 3 minutes, once on this machine.');
  await mkdir(dirname(target), { recursive: true });
  const unfinished = `${target}.${process.pid}`;
  const child = spawn(go, ['build', '-v', '-ldflags=-s -w', '-o', unfinished, goPackage], {
    cwd: import.meta.dirname,
    env: environment,
    stdio: ['ignore', 'ignore', 'pipe'],
    ...(signal && { signal }),
  });
  const progress = reportProgress(createInterface({ input: child.stderr }), say);
  try {
    const [code] = (await once(child, 'close')) as [number | null];
    const lastMessage = progress.stop();
    if (code !== 0) {
      throw new Error(
        `Temporal could not be built with Go: ${lastMessage}\n` +
          'Install the Temporal CLI and put it on your PATH, or set TEMPORAL_ADDRESS to a running cluster.',
      );
    }
    await rename(unfinished, target);
  } finally {
    progress.stop();
    await rm(unfinished, { force: true });
  }
  say(`Temporal: built, kept at ${target}`);
}
