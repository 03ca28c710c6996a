import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
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
