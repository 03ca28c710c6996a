import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import type { ProcessPlan } from './process-plan.ts';
import type { ProcessRecords } from './process-records.ts';

const firstDelayMilliseconds = 200;
const longestDelayMilliseconds = 5_000;
/** After this time up, the next end counts as the first again. */
const settledAfterMilliseconds = 30_000;
const killAfterMilliseconds = 10_000;
const lastLinesMilliseconds = 500;
/** A process that never became ready and ended so often will not become ready by itself. */
const attemptsToBecomeReady = 4;

interface Surroundings {
  records: ProcessRecords;
  /** Every line of the child's output. */
  onLine: (line: string) => void;
  /** What the supervisor itself has to tell. */
  say: (line: string) => void;
}

/** One child process: started, started again when it ends by itself, and ended when asked. */
export class SupervisedProcess {
  readonly plan: ProcessPlan;
  /** Rejects when the child ends again and again before it was ready. */
  readonly failed: Promise<never>;
  readonly #surroundings: Surroundings;
  readonly #fail: (error: Error) => void;
  readonly #stopping = new AbortController();
  #child: ChildProcess | undefined;
  #run: Promise<void> | undefined;
  #ready = false;

  constructor(plan: ProcessPlan, surroundings: Surroundings) {
    this.plan = plan;
    this.#surroundings = surroundings;
    const { promise, reject } = Promise.withResolvers<never>();
    promise.catch(() => {});
    this.failed = promise;
    this.#fail = reject;
  }

  start(): void {
    this.#run ??= this.#keepRunning();
  }

  /** From now on the child is restarted however often it ends. */
  markReady(): void {
    this.#ready = true;
  }

  /** Ends the child: its own signal first, SIGKILL after 10 s. Resolves when it is gone. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#child?.kill(this.plan.stopSignal);
    const timer = setTimeout(() => this.#child?.kill('SIGKILL'), killAfterMilliseconds);
    await this.#run;
    clearTimeout(timer);
  }

  async #keepRunning(): Promise<void> {
    const { signal } = this.#stopping;
    for (let ends = 0; !signal.aborted; ) {
      const began = performance.now();
      const how = await this.#runOnce();
      if (signal.aborted) return;
      if (performance.now() - began > settledAfterMilliseconds) ends = 0;
      const delay = Math.min(firstDelayMilliseconds * 2 ** ends++, longestDelayMilliseconds);
      if (!this.#ready && ends >= attemptsToBecomeReady) {
        this.#fail(new Error(`${this.plan.name} ended ${ends} times at its start (${how}).`));
        return;
      }
      this.#surroundings.say(`${this.plan.name} ended (${how}); it is started again in ${delay / 1_000} s`);
      await pause(delay, undefined, { signal }).catch(() => {});
    }
  }

  /** Gives how the child ended, in words. A group of its own keeps the terminal's Ctrl-C from it: we end it in order. */
  async #runOnce(): Promise<string> {
    const { command, args, environment, workingDirectory, account } = this.plan;
    const child = spawn(command, args, {
      ...account,
      env: environment,
      cwd: workingDirectory,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#child = child;
    const { pid } = child;
    if (pid === undefined) {
      const [error] = (await once(child, 'error')) as [Error];
      return error.message;
    }
    this.#surroundings.records.add(this.plan, pid);
    for (const stream of [child.stdout, child.stderr]) {
      createInterface({ input: stream, crlfDelay: Number.POSITIVE_INFINITY }).on('line', this.#surroundings.onLine);
    }
    const closed = once(child, 'close');
    const [code, signal] = (await once(child, 'exit')) as [number | null, string | null];
    this.#child = undefined;
    this.#surroundings.records.remove(pid);
    // The last lines are still on their way; a grandchild that holds the pipe open does not hold us up.
    await Promise.race([closed, pause(lastLinesMilliseconds)]);
    return signal === null ? `exit code ${code}` : signal;
  }
}
