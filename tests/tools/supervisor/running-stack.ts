import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const command = join(import.meta.dirname, 'small-stack.ts');

/** A start of the supervisor, as a user's terminal sees it. */
export class RunningStack {
  readonly process: ChildProcess;
  readonly lines: string[] = [];
  readonly ended: Promise<number | string>;
  readonly #waiting = new Set<() => void>();

  constructor(dataDir: string, settings: Record<string, string> = {}) {
    this.process = spawn(process.execPath, [command], {
      env: {
        PATH: process.env.PATH,
        HOME: process.env.HOME,
        NO_COLOR: '1',
        AGENTGATEWAY_DATA_DIR: dataDir,
        PORT: '0',
        RELAY_PORT: '0',
        TEMPORAL_UI_PORT: '0',
        ...settings,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [this.process.stdout, this.process.stderr]) {
      if (stream) createInterface({ input: stream }).on('line', (line) => this.#take(line));
    }
    this.ended = once(this.process, 'close').then(([code, signal]) => code ?? signal);
  }

  /** Resolves with the first line, past or future, that matches; rejects when the command ends without one. */
  async line(pattern: RegExp, from = 0): Promise<string> {
    const found = new Promise<string>((resolve) => {
      const look = () => {
        const line = this.lines.slice(from).find((candidate) => pattern.test(candidate));
        if (line !== undefined) resolve(line);
      };
      this.#waiting.add(look);
      look();
    });
    const ended = this.ended.then((how) => {
      throw new Error(`Ended (${how}) without a line like ${pattern}:\n${this.lines.join('\n')}`);
    });
    return Promise.race([found, ended]);
  }

  ready(): Promise<string> {
    return this.line(/Ctrl-C stops it/);
  }

  #take(line: string): void {
    this.lines.push(line);
    for (const look of this.#waiting) look();
  }
}

interface SystemProcess {
  pid: number;
  commandLine: string;
}

/** The processes that stem from a data folder: its path stands in their command line or in their environment. */
export function processesOf(dataDir: string): SystemProcess[] {
  const found: SystemProcess[] = [];
  for (const pid of readdirSync('/proc').filter((entry) => /^\d+$/.test(entry))) {
    try {
      const commandLine = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
      const environment = readFileSync(`/proc/${pid}/environ`, 'utf8');
      if (`${commandLine}${environment}`.includes(dataDir)) found.push({ pid: Number(pid), commandLine });
    } catch {
      // It ended while we looked.
    }
  }
  return found;
}
