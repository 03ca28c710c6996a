import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { makePrivateFolder } from './data-folder.ts';
import { ProcessOutput } from './process-output.ts';
import type { ProcessPlan } from './process-plan.ts';
import type { ProcessRecords } from './process-records.ts';
import { SupervisedProcess } from './supervised-process.ts';

const patienceSeconds = 60;
const prefixWidth = 12;

interface GroupOptions {
  dataDir: string;
  records: ProcessRecords;
  /** LOG_LEVEL: less than this is told nowhere. */
  leastLevel: string;
  print: (line: string) => void;
  onSetupUrl: (url: string) => void;
}

/** How a process is known to be ready: its server says so, it answers 200 at a URL, or it writes a ready line. */
export type Readiness = (() => Promise<unknown>) | { url: string } | 'ready line';

async function answersOk(url: string, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const answer = await fetch(url, { signal: AbortSignal.any([signal, AbortSignal.timeout(2_000)]) }).catch(
      () => undefined,
    );
    await answer?.body?.cancel();
    if (answer?.status === 200) return;
    await pause(50, undefined, { signal }).catch(() => {});
  }
}

/** Everything that one supervisor runs. What started last ends first. */
export class ProcessGroup {
  readonly #options: GroupOptions;
  readonly #logFolder: string;
  readonly #stages: SupervisedProcess[][] = [];
  readonly #outputs: ProcessOutput[] = [];
  readonly #stopping = new AbortController();

  private constructor(options: GroupOptions, logFolder: string) {
    this.#options = options;
    this.#logFolder = logFolder;
  }

  static async create(options: GroupOptions): Promise<ProcessGroup> {
    const logFolder = join(options.dataDir, 'logs');
    await makePrivateFolder(logFolder);
    return new ProcessGroup(options, logFolder);
  }

  /** Aborts when the group stops: for whatever is being done for a process that is still to be started. */
  get signal(): AbortSignal {
    return this.#stopping.signal;
  }

  say(line: string): void {
    this.#options.print(`${'agentgateway'.padEnd(prefixWidth)} │ ${line}`);
  }

  /**
   * Starts a process and waits until it is ready.
   * @param stage processes of a higher stage end before those of a lower one begin to end
   * @throws Error that names the log file, when it ends again and again or is not ready within 60 s
   */
  async start(plan: ProcessPlan, stage: number, readiness: Readiness): Promise<void> {
    this.#stopping.signal.throwIfAborted();
    const readyLine = Promise.withResolvers<void>();
    const { print, onSetupUrl, records, leastLevel } = this.#options;
    const place = { logFolder: this.#logFolder, leastLevel, width: prefixWidth, index: this.#outputs.length };
    const output = new ProcessOutput(plan, place, { print, onSetupUrl, onReady: readyLine.resolve });
    this.#outputs.push(output);
    const child = new SupervisedProcess(plan, {
      records,
      onLine: (line) => output.take(line),
      say: (line) => this.say(line),
    });
    this.#stages[stage] = [...(this.#stages[stage] ?? []), child];
    child.start();
    await this.#waitUntilReady(child, readiness, readyLine.promise);
    child.markReady();
  }

  async #waitUntilReady(child: SupervisedProcess, readiness: Readiness, readyLine: Promise<void>): Promise<void> {
    const { name } = child.plan;
    const settled = new AbortController();
    const waiting = AbortSignal.any([this.#stopping.signal, settled.signal]);
    const tooLate = pause(patienceSeconds * 1_000, undefined, { signal: waiting }).then(() => {
      throw new Error(`${name} was not ready within ${patienceSeconds} s.`);
    });
    const ready =
      readiness === 'ready line'
        ? readyLine
        : typeof readiness === 'function'
          ? readiness()
          : answersOk(readiness.url, waiting);
    try {
      await Promise.race([ready, child.failed, tooLate]);
    } catch (error) {
      this.#stopping.signal.throwIfAborted();
      throw new Error(`${(error as Error).message} Its log: ${join(this.#logFolder, `${name}.log`)}`);
    } finally {
      ready.catch(() => {});
      tooLate.catch(() => {});
      settled.abort();
    }
  }

  /** Ends all processes, stage by stage, the last stage first. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    for (const stage of this.#stages.toReversed()) await Promise.all((stage ?? []).map((child) => child.stop()));
    for (const output of this.#outputs) output.close();
  }
}
