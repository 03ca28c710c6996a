import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { AlertShard } from '../../core/domain/alert-workflow.ts';
import { ensureSchedules } from '../../workers/schedules.ts';
import { runTestWorker } from '../servers/control-worker.ts';
import { runSchedule } from '../servers/run-schedule.ts';
import { startTestTemporal, type TestTemporal } from '../servers/temporal.ts';

let temporal: TestTemporal;
let worker: Awaited<ReturnType<typeof runTestWorker>>;
const evaluated: AlertShard[] = [];

beforeAll(async () => {
  temporal = await startTestTemporal({});
  const { client, nativeConnection: connection } = temporal;
  const activities = {
    evaluateRules: async (shard: AlertShard) => void evaluated.push(shard),
    wakeIncidents: async () => {},
  };
  worker = await runTestWorker({ connection, client, dataConverter: undefined, activities });
});
afterAll(async () => {
  await worker?.stop();
  await temporal?.stop();
});

const describeSchedule = (shard: number) => temporal.client.schedule.getHandle(`alert-evaluation/${shard}`).describe();

test('each part of the organizations has its schedule, and none is left of a division into more', async () => {
  await ensureSchedules(temporal.client, 3);
  await runSchedule(temporal.client, 'alert-evaluation/2');
  expect(evaluated).toContainEqual({ shard: 2, shards: 3 });
  expect((await describeSchedule(2)).policies.overlap).toBe('SKIP');
  await ensureSchedules(temporal.client, 1);
  await expect(describeSchedule(1)).rejects.toThrow();
  await expect(describeSchedule(2)).rejects.toThrow();
  await runSchedule(temporal.client, 'alert-evaluation/0');
  expect(evaluated.at(-1)).toEqual({ shard: 0, shards: 1 });
});
