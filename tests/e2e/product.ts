import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

export interface RunFile {
  app_url: string;
  mcp_url: string;
  relay_url: string;
  temporal_ui_url: string;
  setup_url?: string;
  /** The demo's. */
  manager_password?: string;
  agent_key?: string;
}

/** The product as a user runs it: `npm start` or `npm run demo` in a data folder of its own. */
export interface RunningProduct {
  run: RunFile;
  /** Everything that the terminal showed. */
  terminal: string[];
  /** Ctrl-C, and the wait until the command has ended. */
  stop(): Promise<void>;
}

const root = join(import.meta.dirname, '../..');

/** Process IDs whose environment or arguments name the folder. */
export async function processesOf(dataDir: string): Promise<string[]> {
  const { readdir } = await import('node:fs/promises');
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name) && name !== String(process.pid));
  const named = await Promise.all(
    pids.map(async (pid) => {
      const texts = await Promise.all(
        ['cmdline', 'environ'].map((file) => readFile(`/proc/${pid}/${file}`, 'utf8').catch(() => '')),
      );
      return texts.some((text) => text.includes(dataDir)) ? pid : undefined;
    }),
  );
  return named.filter((pid) => pid !== undefined);
}

export async function startProduct(
  dataDir: string,
  settings: NodeJS.ProcessEnv = {},
  script: 'start' | 'demo' = 'start',
): Promise<RunningProduct> {
  const child: ChildProcess = spawn('npm', ['run', script], {
    cwd: root,
    env: {
      ...process.env,
      AGENTGATEWAY_DATA_DIR: dataDir,
      PORT: '0',
      RELAY_PORT: '0',
      POSTGRES_PORT: '0',
      TEMPORAL_PORT: '0',
      TEMPORAL_UI_PORT: '0',
      ...settings,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
    // A group of its own, so that Ctrl-C reaches all of it as at a terminal.
    detached: true,
  });
  const terminal: string[] = [];
  const exited = once(child, 'exit');
  const ready = new Promise<void>((resolve, reject) => {
    for (const stream of [child.stdout, child.stderr]) {
      if (stream === null) continue;
      createInterface({ input: stream }).on('line', (line) => {
        terminal.push(line);
        if (line.includes('Ctrl-C stops it')) resolve();
      });
    }
    exited.then(() => reject(new Error(`npm run ${script} ended:\n${terminal.join('\n')}`)));
  });
  await ready;
  const run = JSON.parse(await readFile(join(dataDir, 'run.json'), 'utf8')) as RunFile;
  return {
    run,
    terminal,
    async stop() {
      if (child.exitCode === null && child.pid !== undefined) process.kill(-child.pid, 'SIGINT');
      await exited;
    },
  };
}
