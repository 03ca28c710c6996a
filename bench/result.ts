import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, totalmem } from 'node:os';
import { fileURLToPath } from 'node:url';

/** Of the last minute, before this process made any: others' work. */
const loadBefore = loadavg()[0] ?? 0;

/** One thing that was to be reached. */
export interface Target {
  what: string;
  value: number;
  wanted: string;
  isReached: boolean;
}

export function atLeast(what: string, value: number, least: number): Target {
  return { what, value: rounded(value), wanted: `≥ ${least}`, isReached: value >= least };
}

export function atMost(what: string, value: number, most: number): Target {
  return { what, value: rounded(value), wanted: `≤ ${most}`, isReached: value <= most };
}

/** Writes a benchmark's figures to `bench/results/{name}.json` and prints how they stand against what was to be reached. */
export function report(name: string, figures: object, targets: readonly Target[]): void {
  console.table(
    Object.fromEntries(
      targets.map(({ what, value, wanted, isReached }) => [what, { value, wanted, reached: isReached ? 'yes' : 'NO' }]),
    ),
  );
  const folder = fileURLToPath(new URL('results/', import.meta.url));
  mkdirSync(folder, { recursive: true });
  const result = { measured_at: new Date().toISOString(), machine: machine(), targets, ...figures };
  const shortened = (_: string, value: unknown) => (typeof value === 'number' ? rounded(value) : value);
  writeFileSync(`${folder}${name}.json`, `${JSON.stringify(result, shortened, 2)}\n`);
}

function machine() {
  return {
    cores: cpus().length,
    processor: cpus()[0]?.model.trim(),
    memory_gib: Math.round(totalmem() / 2 ** 30),
    kernel: execFileSync('uname', ['-r'], { encoding: 'utf8' }).trim(),
    node: process.version,
    load_average_before: loadBefore,
  };
}

/** To four digits: no measurement here is finer. */
function rounded(value: number): number {
  return Math.abs(value) >= 1_000 ? Math.round(value) : Number(value.toPrecision(4));
}
