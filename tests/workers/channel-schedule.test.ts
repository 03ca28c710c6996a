import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createWorkflows } from '../../core/temporal/workflow-client.ts';
import { ensureSchedules } from '../../workers/schedules.ts';
import { type DeliveryHarness, startDeliveryHarness } from '../activities/delivery-harness.ts';
import { call } from '../core/operations/call.ts';
import { runTestWorker } from '../servers/control-worker.ts';
import { startTestTemporal, type TestTemporal } from '../servers/temporal.ts';

let harness: DeliveryHarness;
let temporal: TestTemporal;
let worker: Awaited<ReturnType<typeof runTestWorker>>;

beforeAll(async () => {
  harness = await startDeliveryHarness();
  temporal = await startTestTemporal({});
  const { client, nativeConnection: connection } = temporal;
  worker = await runTestWorker({ connection, client, dataConverter: undefined, activities: harness.activities });
  await ensureSchedules(client);
});
afterAll(async () => {
  await worker?.stop();
  await temporal?.stop();
  await harness?.stop();
});

test('a test of a channel arrives at once, not with the schedule’s next minute', async () => {
  const admin = await harness.seedAdmin();
  const url = `${harness.receiver.url}/hook`;
  await harness.createChannel(admin, { name: 'hook', kind: 'webhook', url });
  const dependencies = { ...harness.dependencies, workflows: createWorkflows(temporal.client) };
  const began = Date.now();
  const { delivery } = await call(dependencies, admin, 'test_channel', { channel: 'hook' });
  let [shown] = (await call(dependencies, admin, 'list_deliveries')).items;
  while (shown.state === 'pending' && Date.now() - began < 20_000) {
    await pause(50);
    [shown] = (await call(dependencies, admin, 'list_deliveries')).items;
  }
  expect(shown).toMatchObject({ id: delivery.id, state: 'sent', attempts: 1 });
  expect(Date.now() - began).toBeLessThan(20_000);
  expect(harness.receiver.posts).toMatchObject([{ headers: { 'webhook-id': delivery.id } }]);
});
