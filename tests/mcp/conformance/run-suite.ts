import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';

/** The released suite, and the next one: it knows the newest protocol, and authorization servers. */
export type Suite = '@modelcontextprotocol/conformance' | 'mcp-conformance-next';

/** For servers: the scenarios that may fail. The list is empty, so that none may, and none may warn. */
export const NONE_MAY_FAIL = ['--expected-failures', join(import.meta.dirname, 'expected-failures.yaml')];

/**
 * Runs a suite's own command.
 * @param onLine hears what it writes to the terminal as it comes
 * @throws Error with all that it wrote, unless everything that counts has passed
 */
export async function runSuite(
  suite: Suite,
  args: readonly string[],
  onLine: (line: string) => void = () => {},
): Promise<void> {
  const program = join(dirname(createRequire(import.meta.url).resolve(`${suite}/package.json`)), 'dist/index.js');
  // The suites leave folders of results where they run.
  const folder = await mkdtemp(join(tmpdir(), 'agentgateway-conformance-'));
  try {
    const child = spawn(process.execPath, [program, ...args], {
      cwd: folder,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    createInterface({ input: child.stdout }).on('line', onLine);
    const [output, problems, [exitCode]] = await Promise.all([
      text(child.stdout),
      text(child.stderr),
      once(child, 'exit') as Promise<[number]>,
    ]);
    if (exitCode !== 0) throw new Error(`${suite} ${args.join(' ')}\n${output}${problems}`);
  } finally {
    await rm(folder, { recursive: true });
  }
}
