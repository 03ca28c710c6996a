import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { identify, isRunning, type ProcessIdentity } from './process-identity.ts';
import type { ProcessPlan } from './process-plan.ts';

type ProcessRecord = ProcessIdentity & Pick<ProcessPlan, 'name' | 'stopSignal'>;

const patienceMilliseconds = 10_000;

/** Servers end after those who use them. */
function stopOrder(record: ProcessRecord): number {
  return ['temporal', 'postgres'].indexOf(record.name);
}

function signalTo({ pid }: ProcessRecord, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

async function endLeftover(record: ProcessRecord): Promise<void> {
  const deadline = performance.now() + patienceMilliseconds;
  signalTo(record, record.stopSignal);
  while (isRunning(record)) {
    if (performance.now() > deadline) signalTo(record, 'SIGKILL');
    await pause(50);
  }
}

/**
 * The children that run, kept on disk, so that the next supervisor ends what one that was killed left behind. It ends
 * only processes that are provably ours: number and moment of birth agree.
 */
export class ProcessRecords {
  readonly #file: string;
  #records: ProcessRecord[];

  constructor(dataDir: string) {
    this.#file = join(dataDir, 'processes.json');
    this.#records = this.#read();
  }

  /** Ends the children of a supervisor that was killed. Gives their names. */
  async endLeftovers(): Promise<string[]> {
    const leftovers = this.#records.filter(isRunning);
    for (const order of [-1, 0, 1]) {
      await Promise.all(leftovers.filter((record) => stopOrder(record) === order).map(endLeftover));
    }
    this.#write([]);
    return leftovers.map(({ name }) => name);
  }

  add(plan: ProcessPlan, pid: number): void {
    const identity = identify(pid);
    const { name, stopSignal } = plan;
    if (identity) this.#write([...this.#records, { ...identity, name, stopSignal }]);
  }

  remove(pid: number): void {
    this.#write(this.#records.filter((record) => record.pid !== pid));
  }

  #read(): ProcessRecord[] {
    try {
      return JSON.parse(readFileSync(this.#file, 'utf8')) as ProcessRecord[];
    } catch {
      return [];
    }
  }

  /**
   * Written at once, without waiting: a supervisor killed right after a start must have told of it. On a full disk it goes
   * on all the same: the next change tells of all.
   */
  #write(records: ProcessRecord[]): void {
    this.#records = records;
    try {
      writeFileSync(`${this.#file}.new`, JSON.stringify(records), { mode: 0o600 });
      renameSync(`${this.#file}.new`, this.#file);
    } catch {
      // The file as it was before stands.
    }
  }
}
