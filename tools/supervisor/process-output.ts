import { join } from 'node:path';
import { LogFile } from './log-file.ts';
import type { ProcessPlan } from './process-plan.ts';
import { isSevere, isTold, parseLogLine, prefixFor, readableLine } from './readable-line.ts';

interface Watchers {
  /** Prints a line for people. */
  print: (line: string) => void;
  /** Called when the child says that it is ready: `{"msg":"ready", …}`. */
  onReady?: () => void;
  /** Takes the set-up link, which no log and no terminal line shows. */
  onSetupUrl?: (url: string) => void;
}

/** Where and how a child's output is shown. */
export interface OutputPlace {
  logFolder: string;
  /** LOG_LEVEL: less than this is told nowhere. */
  leastLevel: string;
  /** Columns of the prefix. */
  width: number;
  /** Chooses the prefix' colour. */
  index: number;
}

/** The output of one child: whole in its log file, readable on the terminal. */
export class ProcessOutput {
  readonly #file: LogFile;
  readonly #quiet: boolean;
  readonly #prefix: (line: string) => string;
  readonly #leastLevel: string;
  readonly #watchers: Watchers;

  constructor(plan: ProcessPlan, place: OutputPlace, watchers: Watchers) {
    this.#file = new LogFile(join(place.logFolder, `${plan.name}.log`));
    this.#quiet = plan.quiet ?? false;
    this.#prefix = prefixFor(plan.name, place.width, place.index);
    this.#leastLevel = place.leastLevel;
    this.#watchers = watchers;
  }

  /** Invariant 1: the line with the set-up link ends here; it is written nowhere. */
  take(line: string): void {
    const record = parseLogLine(line);
    if (record?.msg === 'setup_link') {
      this.#watchers.onSetupUrl?.(String(record.setup_url));
      return;
    }
    if (record?.msg === 'ready') this.#watchers.onReady?.();
    if (record && !isTold(record, this.#leastLevel)) return;
    this.#file.writeLine(line);
    if (!this.#quiet || isSevere(line)) this.#watchers.print(this.#prefix(readableLine(line)));
  }

  close(): void {
    this.#file.close();
  }
}
