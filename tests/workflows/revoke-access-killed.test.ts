import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { createDataConverter, payloadKeys } from '../../core/temporal/data-converter.ts';
import { call } from '../core/operations/call.ts';
import { type RotationHarness, startRotationHarness } from '../rotation/harness.ts';
import { type KillPoint, startKillableWorker, workerEnvironment } from '../rotation/killable-worker.ts';
import { endProcess } from '../servers/child-process.ts';
import { untilOperation } from '../servers/operation-rows.ts';
import { seedAgent, seedApp, seedCaller } from '../servers/seed.ts';
import { startTestTemporal, type TestTemporal } from '../servers/temporal.ts';

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

test.each<KillPoint>(['introspectTokens:before', 'introspectTokens:after', 'settleOperations:after'])(
  'a worker killed at %s leaves no token, no step undone and no event twice',
  async (killAt) => {
    const { dependencies } = harness;
    const person = await seedCaller(dependencies.database);
    const { organizationId } = person;
    const app = await seedApp(dependencies, person);
    const agentId = await seedAgent(dependencies.database, organizationId);
    const asked = await call({ ...dependencies, workflows: harness.made.workflows }, app.caller, 'delete_agent', {
      agent: agentId,
    });
    const gone = once(await startWorker(killAt), 'exit');
    const answer = await call(dependencies, person, 'revoke_connected_app', { app: app.connectedAppId });
    await gone;
    await startWorker();
    const reference = { organizationId, operationId: answer.operation_id as string };
    const operation = await untilOperation(dependencies, reference, ({ finishedAt }) => finishedAt !== null, 60_000);
    expect(operation).toMatchObject({
      status: 'succeeded',
      result: { access_tokens: 1, refresh_tokens: 1, active: 0, cancelled_operations: 1 },
    });
    const { events, deletion } = await dependencies.database.inOrganization(organizationId, async (transaction) => ({
      events: await transaction.auditEvent.findMany({ where: { requestId: operation.id } }),
      deletion: await transaction.operation.findUniqueOrThrow({ where: { id: asked.operation_id } }),
    }));
    expect(events.map(({ action }) => action).toSorted()).toEqual([
      'cancel_operation',
      'finish_access_revocation',
      'introspect_app_tokens',
    ]);
    expect(deletion.status).toBe('cancelled');
  },
  120_000,
);
