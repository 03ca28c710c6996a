import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { stepsOf } from '../../core/services/operations.ts';
import { endProcess } from '../servers/child-process.ts';
import type { KillPoint } from '../servers/killing-at.ts';
import { untilOperation } from '../servers/operation-rows.ts';
import { type KillableHarness, startKillableHarness } from './killable-worker.ts';

let harness: KillableHarness;

beforeAll(async () => {
  harness = await startKillableHarness();
});
afterEach(() => harness.killWorkers());
afterAll(() => harness?.stop());

async function endsWell(
  rotated: Awaited<ReturnType<KillableHarness['seedRotated']>>,
  operationId: string,
  since: Date,
) {
  const reference = { organizationId: rotated.organizationId, operationId };
  await untilOperation(harness.dependencies, reference, ({ finishedAt }) => finishedAt !== null, 80_000);
  const { operation, versions } = await harness.look(rotated, operationId);
  expect(operation.status).toBe('succeeded');
  expect(versions.filter(({ state }) => state === 'current')).toHaveLength(1);
  expect(harness.provider.keys.active.filter(({ createdAt }) => createdAt >= since)).toHaveLength(1);
  return stepsOf(operation).flatMap(({ attempts = [] }) => attempts);
}

const quick = { canary_seconds: 1, drain_seconds: 1 };

test.each<KillPoint>(['stageVersion:after', 'cutOver:before', 'cutOver:after', 'revokeOldVersion:after'])(
  'a worker killed at %s leaves one working key and no orphan, and its lost attempt on record',
  async (killAt) => {
    const since = new Date();
    const rotated = await harness.seedRotated();
    const killed = await harness.startWorker(killAt);
    const gone = once(killed, 'exit');
    const { operationId } = await harness.rotate(rotated.caller, rotated.credentialId, quick);
    await gone;
    await harness.startWorker();
    const attempts = await endsWell(rotated, operationId, since);
    expect(attempts).toMatchObject([{ times: 1, why: expect.stringContaining('its worker ended') }]);
  },
);

test('a worker killed between the provider’s key and our record leaves no orphan', async () => {
  const since = new Date();
  const rotated = await harness.seedRotated();
  harness.provider.faults.hangAfterMinting = 1;
  const killed = await harness.startWorker();
  const { operationId } = await harness.rotate(rotated.caller, rotated.credentialId, quick);
  while (harness.provider.keys.active.filter(({ createdAt }) => createdAt >= since).length < 2) await pause(20);
  await endProcess(killed, 'SIGKILL');
  await harness.startWorker();
  await endsWell(rotated, operationId, since);
});
