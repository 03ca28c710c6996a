import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import type { Person } from '../mcp-clients.ts';

/** A client's command, and what it is to find in its environment. */
export interface ClientProgram {
  command: readonly [string, ...string[]];
  environment?: NodeJS.ProcessEnv;
}

/**
 * Runs a client that others wrote to its end. When it writes an address to authorise at, on either of its outputs, the
 * person goes there.
 * @returns what it wrote to its output, line by line
 */
export async function runClient({ command, environment }: ClientProgram, person: Person): Promise<string[]> {
  const [program, ...args] = command;
  const child = spawn(program, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env.PATH, HOME: process.env.HOME, ...environment },
  });
  const lines: string[] = [];
  const visits: Promise<void>[] = [];
  const visit = (line: string) => {
    const address = /https?:\/\/[^\s"]+\/oauth\/authorize\?[^\s"]+/.exec(line)?.[0];
    // Some tell it twice: where they open a browser, and where they cannot.
    if (address !== undefined && visits.length === 0) visits.push(person(new URL(address)));
  };
  createInterface({ input: child.stdout }).on('line', (line) => {
    lines.push(line);
    visit(line);
  });
  createInterface({ input: child.stderr }).on('line', visit);
  const [problems, [exitCode]] = await Promise.all([text(child.stderr), once(child, 'close') as Promise<[number]>]);
  await Promise.all(visits);
  if (exitCode !== 0) throw new Error(`${program} ended with ${exitCode}:\n${lines.join('\n')}\n${problems}`);
  return lines;
}
