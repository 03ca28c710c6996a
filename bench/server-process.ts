import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';

const START_MS = 30_000;
/** Of `utime` and `stime` in /proc/PID/stat: USER_HZ, 100 on every Linux. */
const TICKS_A_SECOND = 100;

interface ServerCommand {
  core: number;
  port: number;
  command: readonly string[];
  environment?: NodeJS.ProcessEnv;
}

/** A server in a process of its own, bound to one core. */
export class ServerProcess {
  readonly port: number;
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess, port: number) {
    this.#child = child;
    this.port = port;
  }

  /** Resolves when the server listens. */
  static async start({ core, port, command, environment }: ServerCommand): Promise<ServerProcess> {
    const child = spawn('taskset', ['-c', String(core), ...command], {
      stdio: ['ignore', 'ignore', 'inherit'],
      env: environment ?? { PATH: process.env.PATH },
    });
    const server = new ServerProcess(child, port);
    const deadline = performance.now() + START_MS;
    while (!(await listens(port))) {
      if (child.exitCode !== null) throw new Error(`${command[0]} ended at its start.`);
      if (performance.now() > deadline) throw new Error(`${command[0]} does not listen on its port.`);
      await wait(50);
    }
    return server;
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** Processor time that the server and its workers have used, in seconds. */
  async cpuSeconds(): Promise<number> {
    let ticks = 0;
    for (const pid of [this.pid, ...(await childrenOf(this.pid))]) {
      const afterName = (await readFile(`/proc/${pid}/stat`, 'utf8')).split(') ')[1]?.split(' ') ?? [];
      ticks += Number(afterName[11]) + Number(afterName[12]);
    }
    return ticks / TICKS_A_SECOND;
  }

  /** Resident memory of the server's own process, in MiB. */
  async residentMebibytes(): Promise<number> {
    const status = await readFile(`/proc/${this.pid}/status`, 'utf8');
    return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1_024;
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const exited = once(this.#child, 'exit');
    this.#child.kill('SIGTERM');
    const impatience = setTimeout(() => this.#child.kill('SIGKILL'), 15_000);
    await exited;
    clearTimeout(impatience);
  }
}

async function childrenOf(pid: number): Promise<string[]> {
  const children = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8');
  return children.split(' ').filter((child) => child !== '');
}

function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy();
      resolve(true);
    }).on('error', () => resolve(false));
  });
}
