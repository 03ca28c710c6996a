import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findTemporal } from './temporal/find-temporal.ts';

interface Counts {
  numPassedTests: number;
  numFailedTests: number;
  numPendingTests: number;
  numTodoTests: number;
  /** Test files that could not even be loaded. */
  numRuntimeErrorTestSuites: number;
}

const root = join(import.meta.dirname, '..');

/** Long tests stand in `*.long-test.ts` and are not part of a usual run. */
function jestArguments(wished: string[]): string[] {
  const rest = wished.filter((argument) => argument !== '--long');
  return rest.length === wished.length ? rest : ['--testMatch', '**/*.long-test.ts', '--passWithNoTests', ...rest];
}

async function runJest(resultFile: string): Promise<number> {
  const jest = join(createRequire(import.meta.url).resolve('jest/package.json'), '../bin/jest.js');
  const report = ['--json', `--outputFile=${resultFile}`];
  const child = spawn(
    process.execPath,
    [
      '--experimental-vm-modules',
      '--disable-warning=ExperimentalWarning',
      jest,
      ...report,
      ...jestArguments(process.argv.slice(2)),
    ],
    { cwd: root, stdio: ['inherit', 'ignore', 'inherit'] },
  );
  const [code] = (await once(child, 'exit')) as [number | null];
  return code ?? 1;
}

/** Prints the count as the very last line. In CI a skipped test is a failure: nothing may hide there. */
function conclude(exitCode: number, counts: Counts): void {
  const failed = counts.numFailedTests + counts.numRuntimeErrorTestSuites;
  const skipped = counts.numPendingTests + counts.numTodoTests;
  if (process.env.CI === 'true' && skipped > 0) console.log('A test was skipped, which CI does not allow.');
  process.exitCode = exitCode === 0 && process.env.CI === 'true' && skipped > 0 ? 1 : exitCode;
  console.log(`${counts.numPassedTests} passed, ${failed} failed, ${skipped} skipped`);
}

/** `npm test`: everything the tests need, then the tests. Arguments go to Jest. */
async function main(): Promise<void> {
  await findTemporal({ environment: process.env, say: (line) => console.log(line) });
  const folder = await mkdtemp(join(tmpdir(), 'agentgateway-test-report-'));
  try {
    const resultFile = join(folder, 'result.json');
    const exitCode = await runJest(resultFile);
    conclude(exitCode, JSON.parse(await readFile(resultFile, 'utf8')) as Counts);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

try {
  await main();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  console.log('0 passed, 1 failed, 0 skipped');
  process.exitCode = 1;
}
