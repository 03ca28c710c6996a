import { once } from 'node:events';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { call } from '../core/operations/call.ts';
import { type KillableHarness, startKillableHarness } from '../rotation/killable-worker.ts';
import type { KillPoint } from '../servers/killing-at.ts';
import { untilOperation } from '../servers/operation-rows.ts';
import { seedAgent, seedApp, seedCaller } from '../servers/seed.ts';

let harness: KillableHarness;

beforeAll(async () => {
  harness = await startKillableHarness();
});
afterEach(() => harness.killWorkers());
afterAll(() => harness?.stop());

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
    const gone = once(await harness.startWorker(killAt), 'exit');
    const answer = await call(dependencies, person, 'revoke_connected_app', { app: app.connectedAppId });
    await gone;
    await harness.startWorker();
    const reference = { organizationId, operationId: answer.operation_id as string };
    const operation = await untilOperation(dependencies, reference, ({ finishedAt }) => finishedAt !== null);
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
);
