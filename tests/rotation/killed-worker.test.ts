import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { createDataConverter, payloadKeys } from '../../core/temporal/data-converter.ts';
import { endProcess } from '../servers/child-process.ts';
import { untilOperation } from '../servers/operation-rows.ts';
import { startTestTemporal, type TestTemporal } from '../servers/temporal.ts';
import { type RotationHarness, startRotationHarness } from './harness.ts';
import { type KillPoint, startKillableWorker, workerEnvironment } from './killable-worker.ts';

let harness: RotationHarness;
let temporal: TestTemporal;
const workers: ChildProcess[] = [];

beforeAll(async () => {
  harness = await startRotationHarness(
    async (made) => {
      const dataConverter = createDataConverter(payloadKeys(made.dependencies.instanceKeys));
      temporal = await startTestTemporal(dataConverter);
      return { temporal, dataConverter };
    },
    { ownWorker: false },
  );
}, 60_000);
afterEach(async () => {
  for (const worker of workers.splice(0)) await endProcess(worker, 'SIGKILL');
});
afterAll(async () => {
  await harness?.stop();
  await temporal?.stop();
});

async function startWorker(killAt?: KillPoint): Promise<ChildProcess> {
  const environment = workerEnvironment(harness.dependencies.config, temporal);
  const worker = await startKillableWorker(environment, killAt);
  workers.push(worker);
  return worker;
}

async function endsWell(
  rotated: Awaited<ReturnType<RotationHarness['seedRotated']>>,
  operationId: string,
  since: Date,
) {
  const reference = { organizationId: rotated.organizationId, operationId };
  await untilOperation(harness.dependencies, reference, ({ finishedAt }) => finishedAt !== null, 80_000);
  const { operation, versions } = await harness.look(rotated, operationId);
  expect(operation.status).toBe('succeeded');
  expect(versions.filter(({ state }) => state === 'current')).toHaveLength(1);
  expect(harness.provider.keys.active.filter(({ createdAt }) => createdAt >= since)).toHaveLength(1);
}

const quick = { canary_seconds: 1, drain_seconds: 1 };

test.each<KillPoint>(['stageVersion:after', 'cutOver:before', 'cutOver:after', 'revokeOldVersion:after'])(
  'a worker killed at %s leaves one working key and no orphan',
  async (killAt) => {
    const since = new Date();
    const rotated = await harness.seedRotated();
    const killed = await startWorker(killAt);
    const gone = once(killed, 'exit');
    const { operationId } = await harness.rotate(rotated.caller, rotated.credentialId, quick);
    await gone;
    await startWorker();
    await endsWell(rotated, operationId, since);
  },
  120_000,
);

test('a worker killed between the provider’s key and our record leaves no orphan', async () => {
  const since = new Date();
  const rotated = await harness.seedRotated();
  harness.provider.faults.hangAfterMinting = 1;
  const killed = await startWorker();
  const { operationId } = await harness.rotate(rotated.caller, rotated.credentialId, quick);
  while (harness.provider.keys.active.filter(({ createdAt }) => createdAt >= since).length < 2) await pause(20);
  await endProcess(killed, 'SIGKILL');
  await startWorker();
  await endsWell(rotated, operationId, since);
}, 120_000);
