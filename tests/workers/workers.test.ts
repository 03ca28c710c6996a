import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Dependencies } from '../../core/dependencies.ts';
import { deleteAgent } from '../../core/operations/delete-agent.ts';
import { invoke } from '../../core/operations/invoke.ts';
import { createDataConverter, payloadKeys } from '../../core/temporal/data-converter.ts';
import { createWorkflows } from '../../core/temporal/workflow-client.ts';
import { endProcess, endWithUs, startProcess } from '../servers/child-process.ts';
import { type TestDependencies, testDependencies } from '../servers/dependencies.ts';
import { untilOperation } from '../servers/operation-rows.ts';
import { relayCarrying } from '../servers/relay-rows.ts';
import { seedAgent, seedCaller } from '../servers/seed.ts';
import { startTestTemporal, type TestTemporal } from '../servers/temporal.ts';

let made: TestDependencies;
let temporal: TestTemporal;
let dependencies: Dependencies;
const started: ChildProcess[] = [];

beforeAll(async () => {
  made = await testDependencies();
  temporal = await startTestTemporal(createDataConverter(payloadKeys(made.dependencies.instanceKeys)));
  dependencies = { ...made.dependencies, workflows: createWorkflows(temporal.client) };
});
afterAll(async () => {
  await Promise.all(started.map((workers) => endProcess(workers, 'SIGKILL')));
  await temporal?.stop();
  await made?.stop();
});

function environment(temporalAddress: string): NodeJS.ProcessEnv {
  const { AGENTGATEWAY_DATA_DIR, DATABASE_URL_APP, DATABASE_URL_JOBS } = dependencies.config;
  return {
    PATH: process.env.PATH,
    AGENTGATEWAY_DATA_DIR,
    DATABASE_URL_APP,
    DATABASE_URL_JOBS,
    TEMPORAL_ADDRESS: temporalAddress,
    TEMPORAL_NAMESPACE: temporal.namespace,
  };
}

/** `node workers/main.ts` on the test's servers, once it has said that it is ready. */
async function startWorkers(): Promise<ChildProcess> {
  const workers = await startProcess('workers/main.ts', environment(temporal.address), '"msg":"ready"');
  started.push(workers);
  return workers;
}

test('workers that are killed between two steps go on where they were', async () => {
  const caller = await seedCaller(dependencies.database);
  const { organizationId } = caller;
  const agentId = await seedAgent(dependencies.database, organizationId);
  const relay = await relayCarrying(made.testDatabase.urls.relay, agentId);
  const first = await startWorkers();
  const answer = await invoke(deleteAgent, { caller, input: { agent: agentId } }, dependencies);
  const operation = { organizationId, operationId: answer.operation_id as string };
  await untilOperation(dependencies, operation, ({ step }) => step === 'drain');
  await endProcess(first, 'SIGKILL');
  await relay.finish();
  const second = await startWorkers();
  const { steps, result } = await untilOperation(
    dependencies,
    operation,
    ({ status }) => status === 'succeeded',
    40_000,
  );
  expect(steps).toMatchObject([{ status: 'done' }, { status: 'done' }]);
  expect(result).toMatchObject({ agent: 'stripe-relay', calls_cut: 0 });
  await endProcess(second, 'SIGTERM');
  expect(second.exitCode).toBe(0);
});

test('the housekeeping is scheduled once, and all its chores run in real workers', async () => {
  const workers = await startWorkers();
  const schedule = temporal.client.schedule.getHandle('housekeeping');
  await schedule.trigger();
  for (const deadline = Date.now() + 20_000; ; await pause(100)) {
    const { info } = await schedule.describe();
    const [action] = info.recentActions;
    if (action?.action.type === 'startWorkflow') {
      await temporal.client.workflow.getHandle(action.action.workflow.workflowId).result();
      break;
    }
    if (Date.now() > deadline) throw new Error('The schedule started nothing.');
  }
  const schedules: string[] = [];
  for await (const { scheduleId } of temporal.client.schedule.list()) schedules.push(scheduleId);
  expect(schedules.sort()).toEqual([
    'alert-evaluation/0',
    'audit-heads',
    'channel-keeping',
    'due-rotations',
    'grant-keeping',
    'health-scores',
    'housekeeping',
    'log-retention',
    'mailbox-keeping',
    'timed-writing',
    'traffic-rollup',
    'usage-limits',
    'usage-reconciliation',
  ]);
  await endProcess(workers, 'SIGTERM');
  expect(workers.exitCode).toBe(0);
});

test('workers end when they are told to, also while they wait for a Temporal that says nothing', async () => {
  const mute = createServer((socket) => void socket.on('error', () => {}).resume()).listen(0, '127.0.0.1');
  await once(mute, 'listening');
  const connected = once(mute, 'connection');
  const env = environment(`127.0.0.1:${(mute.address() as AddressInfo).port}`);
  const workers = endWithUs(spawn(process.execPath, ['workers/main.ts'], { env, stdio: 'ignore' }));
  started.push(workers);
  const [socket] = (await connected) as [Socket];
  await endProcess(workers, 'SIGTERM');
  expect(workers.exitCode).toBe(0);
  socket.destroy();
  mute.close();
});
