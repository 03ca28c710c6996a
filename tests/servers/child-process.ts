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
  const child = endWithUs(spawn(process.execPath, [file], { cwd: root, stdio: ['ignore', 'pipe', 'inherit'], env }));
  let isReady = false;
  for await (const line of createInterface({ input: child.stdout })) {
    isReady = line.includes(readyWord);
    if (isReady) break;
  }
  if (!isReady) throw new Error(`${file} ended before it was ready.`);
  child.stdout.resume();
  return child;
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
