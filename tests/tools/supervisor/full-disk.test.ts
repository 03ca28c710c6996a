import { mkdirSync, mkdtempSync, readFileSync, rmdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { nodeProcess } from '../../../tools/supervisor/process-plan.ts';
import { ProcessRecords } from '../../../tools/supervisor/process-records.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'agentgateway-records-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

test('a child that cannot be noted down is supervised all the same, and noted with the next one', () => {
  const records = new ProcessRecords(folder);
  const inTheWay = join(folder, 'processes.json.new');
  mkdirSync(inTheWay);
  expect(() => records.add(nodeProcess('app', 'main.ts', {}), process.pid)).not.toThrow();
  rmdirSync(inTheWay);
  records.add(nodeProcess('relay', 'main.ts', {}), process.ppid);
  const noted = JSON.parse(readFileSync(join(folder, 'processes.json'), 'utf8')) as { name: string }[];
  expect(noted.map(({ name }) => name)).toEqual(['app', 'relay']);
});
