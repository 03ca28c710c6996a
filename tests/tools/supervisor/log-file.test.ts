import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { LogFile } from '../../../tools/supervisor/log-file.ts';
import { nodeProcess } from '../../../tools/supervisor/process-plan.ts';
import { ProcessRecords } from '../../../tools/supervisor/process-records.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'agentgateway-log-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

test('a log file stays bounded: two older ones are kept, of 10 MB each', () => {
  const log = new LogFile(join(folder, 'app.log'));
  const line = 'x'.repeat(1024 * 1024);
  for (let megabytes = 0; megabytes < 45; megabytes++) log.writeLine(line);
  log.close();
  expect(readdirSync(folder).sort()).toEqual(['app.log', 'app.log.1', 'app.log.2']);
  for (const file of readdirSync(folder)) expect(statSync(join(folder, file)).size).toBeLessThan(11.5 * 1024 * 1024);
  expect(statSync(join(folder, 'app.log')).mode & 0o777).toBe(0o600);
});

test('on a full disk lines are lost, and whoever writes them goes on', () => {
  const log = new LogFile('/dev/full');
  expect(() => log.writeLine('lost')).not.toThrow();
  log.close();
});

test('a supervisor goes on where its records cannot be written', () => {
  const records = new ProcessRecords(join(folder, 'none'));
  records.add(nodeProcess('app', 'api/main.ts', {}), process.pid);
  expect(() => records.remove(process.pid)).not.toThrow();
});
