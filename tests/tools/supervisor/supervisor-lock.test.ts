import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { AlreadyRunningError, takeSupervisorLock } from '../../../tools/supervisor/supervisor-lock.ts';

let dataDir: string;
beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'agentgateway-lock-'));
});
afterEach(() => rmSync(dataDir, { recursive: true }));

test.each(['', '{"pid":12'])('a lock that a loss of power left as %j is nobody’s', async (left) => {
  writeFileSync(join(dataDir, 'supervisor.lock'), left);
  const release = await takeSupervisorLock(dataDir);
  expect(JSON.parse(readFileSync(join(dataDir, 'supervisor.lock'), 'utf8'))).toMatchObject({ pid: process.pid });
  await expect(takeSupervisorLock(dataDir)).rejects.toThrow(AlreadyRunningError);
  await release();
  expect(readdirSync(dataDir)).toEqual([]);
});
