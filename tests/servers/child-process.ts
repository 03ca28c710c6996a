import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const root = join(import.meta.dirname, '../..');

/**
 * Runs one of the project's files in a process of its own, until it ends or the tests do.
 * @param readyWord stands in the line that it writes when it is ready
 * @throws Error when it ends before
 */
export async function startProcess(file: string, env: NodeJS.ProcessEnv, readyWord: string): Promise<ChildProcess> {
  const { child } = await startUntil(file, env, readyWord);
  return child;
}

/** The same with a server that takes a port by itself, as with `RELAY_PORT=0`. @returns it, and the port that it tells */
export async function startListening(
  file: string,
  env: NodeJS.ProcessEnv,
): Promise<{ child: ChildProcess; port: number }> {
  const { child, readyLine } = await startUntil(file, env, '"listening"');
  return { child, port: (JSON.parse(readyLine) as { port: number }).port };
}

async function startUntil(file: string, env: NodeJS.ProcessEnv, readyWord: string) {
  const child = endWithUs(spawn(process.execPath, [file], { cwd: root, stdio: ['ignore', 'pipe', 'inherit'], env }));
  for await (const readyLine of createInterface({ input: child.stdout })) {
    if (!readyLine.includes(readyWord)) continue;
    child.stdout.resume();
    return { child, readyLine };
  }
  throw new Error(`${file} ended before it was ready.`);
}

/** A run that breaks off leaves no process behind. */
export function endWithUs<Process extends ChildProcess>(child: Process): Process {
  const kill = () => child.kill('SIGKILL');
  process.once('exit', kill);
  child.once('exit', () => process.off('exit', kill));
  return child;
}

/** Resolves when it is gone. */
export async function endProcess(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill(signal);
  await exited;
}
