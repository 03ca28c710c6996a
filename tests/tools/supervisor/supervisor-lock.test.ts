import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { takeSupervisorLock } from '../../../tools/supervisor/supervisor-lock.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'agentgateway-lock-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

test('a lock that a loss of power left empty keeps nobody out, a living one’s does', async () => {
  writeFileSync(join(folder, 'supervisor.lock'), '');
  const release = await takeSupervisorLock(folder);
  await expect(takeSupervisorLock(folder)).rejects.toThrow('already running');
  await release();
  expect(readdirSync(folder)).toEqual([]);
});
