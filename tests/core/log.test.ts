import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { expect, test } from '@jest/globals';
import { endWithUs } from '../servers/child-process.ts';

test('a process goes on, and ends, where the disk that its log goes to is full', async () => {
  const full = openSync('/dev/full', 'w');
  const code = `
    const { createLogger } = await import(${JSON.stringify(join(import.meta.dirname, '../../core/log.ts'))});
    const log = createLogger('app');
    for (let i = 0; i < 3; i += 1) log.info('a line');
    log.fatal('a last line');
    process.exitCode = 7;`;
  const child = endWithUs(
    spawn(process.execPath, ['--input-type=module', '-e', code], { stdio: ['ignore', full, 'inherit'] }),
  );
  closeSync(full);
  const [exitCode] = await once(child, 'exit');
  expect(exitCode).toBe(7);
});

test('a wrong level stops each process with one clear line, an empty one counts as unset', async () => {
  const endOf = async (file: string, LOG_LEVEL: string) => {
    const env = { PATH: process.env.PATH, LOG_LEVEL };
    const child = endWithUs(spawn(process.execPath, [join(import.meta.dirname, '../..', file)], { env }));
    const [told, errors] = await Promise.all([text(child.stdout), text(child.stderr)]);
    expect(errors).toBe('');
    return (JSON.parse(told) as { msg: string }).msg;
  };
  for (const file of ['api/main.ts', 'relay/main.ts', 'workers/main.ts']) {
    expect(await endOf(file, 'verbose')).toMatch(/^Wrong settings .*\n {2}LOG_LEVEL: /);
    expect(await endOf(file, '')).toMatch(/^DATABASE_URL_\w+ is not set/);
  }
}, 60_000);
