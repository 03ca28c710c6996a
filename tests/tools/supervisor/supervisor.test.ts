import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { processesOf, RunningStack } from './running-stack.ts';

interface RunFile {
  app_url: string;
  relay_url: string;
  setup_url?: string;
}

let dataDir: string;
const stacks: RunningStack[] = [];

function start(settings?: Record<string, string>): RunningStack {
  const stack = new RunningStack(dataDir, settings);
  stacks.push(stack);
  return stack;
}

function runFile(): RunFile {
  return JSON.parse(readFileSync(join(dataDir, 'run.json'), 'utf8')) as RunFile;
}

function pidOf(part: RegExp): number {
  const found = processesOf(dataDir).find(({ commandLine }) => part.test(commandLine));
  if (!found) throw new Error(`No process of ${dataDir} is like ${part}.`);
  return found.pid;
}

async function environmentOf(url: string): Promise<Record<string, string>> {
  return (await (await fetch(url)).json()) as Record<string, string>;
}

beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'agentgateway-supervisor-'));
});

afterEach(async () => {
  for (const stack of stacks.splice(0)) {
    stack.process.kill('SIGTERM');
    await stack.ended;
  }
  for (const { pid } of processesOf(dataDir)) process.kill(pid, 'SIGKILL');
  rmSync(dataDir, { recursive: true, force: true });
});

describe('the supervisor', () => {
  test('is ready with real servers, tells the URLs, and Ctrl-C leaves no process behind', async () => {
    const stack = start();
    await stack.ready();
    expect(statSync(join(dataDir, 'run.json')).mode & 0o777).toBe(0o600);
    expect((await fetch(runFile().app_url)).status).toBe(200);
    stack.process.kill('SIGINT');
    expect(await stack.ended).toBe(0);
    expect(processesOf(dataDir)).toEqual([]);
    expect(readdirSync(dataDir)).not.toContain('run.json');
    expect(readdirSync(dataDir)).not.toContain('supervisor.lock');
  });

  test('leaves no process behind when its terminal is gone', async () => {
    const stack = start();
    await stack.ready();
    stack.process.stdout?.destroy();
    stack.process.stderr?.destroy();
    // What is told of it, and what it tells itself, finds no terminal.
    const { app_url: appUrl } = runFile();
    const before = pidOf(/small-process\.ts app/);
    process.kill(before, 'SIGKILL');
    const isBack = () =>
      fetch(appUrl).then(
        ({ ok }) => ok,
        () => false,
      );
    while (stack.process.exitCode === null && !(await isBack()));
    stack.process.kill('SIGHUP');
    expect(await stack.ended).toBe(0);
    expect(processesOf(dataDir)).toEqual([]);
  });

  test('refuses a second start in the same folder and names the URLs of the first', async () => {
    await start().ready();
    const second = start();
    expect(await second.ended).toBe(1);
    expect(second.lines.join('\n')).toContain('already running');
    expect(second.lines.join('\n')).toContain(runFile().app_url);
  });

  test.each([['PORT'], ['RELAY_PORT'], ['POSTGRES_PORT'], ['TEMPORAL_PORT'], ['TEMPORAL_UI_PORT']])(
    'names a taken port and its setting, %s',
    async (setting) => {
      const taken = createServer();
      await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
      const { port } = taken.address() as { port: number };
      const stack = start({ [setting]: String(port) });
      const exitCode = await stack.ended;
      await new Promise((resolve) => taken.close(resolve));
      expect(exitCode).toBe(1);
      expect(stack.lines.join('\n')).toContain(`Port ${port} is taken by another program: set ${setting}`);
      expect(processesOf(dataDir)).toEqual([]);
    },
  );

  test.each([
    ['DATABASE_URL_RELAY', 'postgresql://agentgateway_relay:x@127.0.0.1:1/x', 'DATABASE_URL'],
    ['TEMPORAL_API_KEY', 'a-key', 'TEMPORAL_ADDRESS'],
    ['TEMPORAL_TLS', 'true', 'TEMPORAL_ADDRESS'],
    ['TEMPORAL_TLS_SERVER_NAME', 'cluster.test', 'TEMPORAL_ADDRESS'],
  ])('runs no server of its own beside one that %s tells of', async (setting, value, missing) => {
    const stack = start({ [setting]: value });
    expect(await stack.ended).toBe(1);
    expect(stack.lines).toHaveLength(1);
    expect(stack.lines[0]).toMatch(new RegExp(`^${setting.slice(0, 12)}.* is set, but ${missing} is not`));
    expect(readdirSync(dataDir)).toEqual([]);
  });

  test('starts a killed child again, a process of the product as well as Postgres', async () => {
    const stack = start();
    await stack.ready();
    const before = pidOf(/small-process\.ts app/);
    const printed = stack.lines.length;
    process.kill(before, 'SIGKILL');
    await stack.line(/app +│ .*ready/, printed);
    expect((await fetch(runFile().app_url)).status).toBe(200);
    expect(pidOf(/small-process\.ts app/)).not.toBe(before);
    const postgres = pidOf(/bin\/postgres -D/);
    process.kill(postgres, 'SIGKILL');
    await stack.line(/postgres ended \(SIGKILL\)/, printed);
  });

  test('ends what a supervisor that was killed left behind, and only that', async () => {
    const first = start();
    await first.ready();
    const left = processesOf(dataDir).filter(({ pid }) => pid !== first.process.pid);
    first.process.kill('SIGKILL');
    await first.ended;
    const second = start();
    await second.ready();
    const running = new Set(processesOf(dataDir).map(({ pid }) => pid));
    expect(left.filter(({ pid }) => running.has(pid))).toEqual([]);
    expect(second.lines.join('\n')).toContain('ended what an earlier start left running');
  });

  test('gives no child the owner of the database, and each only the logins it needs', async () => {
    await start({ AGENTGATEWAY_API_TOKEN: `agt_${'x'.repeat(32)}` }).ready();
    const app = await environmentOf(runFile().app_url);
    const relay = await environmentOf(runFile().relay_url);
    const logins = (environment: Record<string, string>) =>
      Object.keys(environment)
        .filter((name) => name.startsWith('DATABASE_URL'))
        .sort();
    expect(logins(app)).toEqual(['DATABASE_URL_APP']);
    expect(logins(relay)).toEqual(['DATABASE_URL_LOG_WRITER', 'DATABASE_URL_RELAY']);
    expect(relay).not.toHaveProperty('AGENTGATEWAY_API_TOKEN');
  });

  test('shows the set-up link once, at the end, and keeps it out of the logs', async () => {
    const stack = start();
    await stack.ready();
    expect(stack.lines.filter((line) => line.includes('once-only'))).toHaveLength(1);
    expect(runFile().setup_url).toContain('once-only');
    for (const file of readdirSync(join(dataDir, 'logs'))) {
      expect(readFileSync(join(dataDir, 'logs', file), 'utf8')).not.toContain('once-only');
    }
  });
});
