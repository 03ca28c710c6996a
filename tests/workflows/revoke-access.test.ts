import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { v7 as uuid } from 'uuid';
import { settleAbandonedOperation, settleAcceptedOperation } from '../../activities/settle-accepted-operation.ts';
import type { Dependencies } from '../../core/dependencies.ts';
import { actorOf, type Caller } from '../../core/domain/caller.ts';
import { PublicError } from '../../core/errors.ts';
import { createAgentKey } from '../../core/services/agent-keys.ts';
import { changePolicy } from '../../core/services/approvals.ts';
import { appCallerNow, findAppCaller } from '../../core/services/oauth-grants.ts';
import { acceptOperation } from '../../core/services/operations.ts';
import { createDataConverter, payloadKeys } from '../../core/temporal/data-converter.ts';
import { call } from '../core/operations/call.ts';
import { type RotationHarness, startRotationHarness } from '../rotation/harness.ts';
import { untilOperation } from '../servers/operation-rows.ts';
import { addMember, type SeededApp, seedAgent, seedApp, seedCaller } from '../servers/seed.ts';
import { startTestTemporal, type TestTemporal } from '../servers/temporal.ts';

let harness: RotationHarness;
let temporal: TestTemporal;
let dependencies: Dependencies;

beforeAll(async () => {
  harness = await startRotationHarness(async (made) => {
    const dataConverter = createDataConverter(payloadKeys(made.dependencies.instanceKeys));
    temporal = await startTestTemporal(dataConverter);
    return { temporal, dataConverter };
  });
  dependencies = harness.dependencies;
});
afterAll(async () => {
  await harness?.stop();
  await temporal?.stop();
});

async function seed(): Promise<{ person: Caller; app: SeededApp }> {
  const admin = await seedCaller(dependencies.database);
  const person = await addMember(dependencies.database, admin, 'manager');
  return { person, app: await seedApp(dependencies, person) };
}

const ended = ({ organizationId }: Caller, operationId: string) =>
  untilOperation(dependencies, { organizationId, operationId }, ({ finishedAt }) => finishedAt !== null);

async function revoke(person: Caller, { connectedAppId: app }: SeededApp): Promise<string> {
  return (await call(dependencies, person, 'revoke_connected_app', { app })).operation_id;
}

const auditOf = ({ organizationId }: Caller, requestIds: string[]) =>
  dependencies.database.inOrganization(organizationId, (transaction) =>
    transaction.auditEvent.findMany({ where: { requestId: { in: requestIds } }, orderBy: { id: 'asc' } }),
  );

const workflowIdOf = (operationId: string) => `access-revocation/${operationId}`;

/** As housekeeping finds it. */
const stale = ({ organizationId }: Caller, id: string) => ({
  id,
  organizationId,
  kind: 'revoke_connected_app',
  workflowId: workflowIdOf(id),
});

/** A rotation of an agent key that the app asks for. */
async function askForRotation(app: Caller, agent: string): Promise<string> {
  const { organizationId, person } = app;
  const agentId = await seedAgent(dependencies.database, organizationId, agent);
  await dependencies.database.inOrganization(organizationId, (transaction) =>
    createAgentKey(transaction, dependencies, { agentId, name: 'first', personId: person.id, inline: true }),
  );
  return (await call(dependencies, app, 'rotate_agent_key', { agent })).operation_id;
}

const demandApproval = ({ organizationId }: Caller, rotate: boolean) =>
  dependencies.database.inOrganization(organizationId, (transaction) =>
    changePolicy(transaction, { require_approval: { rotate, delete: false, send: false }, second_person: false }),
  );

test('introspection proves that no token is accepted, then they are gone', async () => {
  const { person, app } = await seed();
  const operationId = await revoke(person, app);
  expect(await findAppCaller(dependencies, app.accessToken, uuid())).toBeNull();
  const operation = await ended(person, operationId);
  expect(operation).toMatchObject({
    status: 'succeeded',
    result: { access_tokens: 1, refresh_tokens: 1, active: 0, cancelled_operations: 0, handed_over_operations: 0 },
    steps: [{ status: 'done' }, { status: 'done' }, { status: 'done' }],
  });
  const kept = await dependencies.database.inInstance((transaction) =>
    transaction.oauthArtifact.count({ where: { grantId: app.caller.grantId } }),
  );
  expect(kept).toBe(0);
  const events = await auditOf(person, [person.requestId, operationId]);
  expect(events.map(({ action, outcome }) => [action, outcome])).toEqual([
    ['revoke_connected_app', 'succeeded'],
    ['introspect_app_tokens', 'succeeded'],
    ['finish_access_revocation', 'succeeded'],
  ]);
  expect(new Set(events.map((event) => event.operationId))).toEqual(new Set([operationId]));
});

test('what the app asked for and has not begun is cancelled; what has begun is handed to the person', async () => {
  const { person, app } = await seed();
  await demandApproval(person, true);
  const unapproved = await askForRotation(app.caller, 'unapproved-relay');
  await demandApproval(person, false);
  const begun = await askForRotation(app.caller, 'begun-relay');
  const { organizationId } = person;
  for (const operationId of [unapproved, begun]) {
    await untilOperation(dependencies, { organizationId, operationId }, ({ status }) => status === 'waiting');
  }
  const operation = await ended(person, await revoke(person, app));
  expect(operation.result).toMatchObject({ cancelled_operations: 1, handed_over_operations: 1 });
  const look = async (id: string) => (await call(dependencies, person, 'get_operation', { operation: id })).operation;
  expect(await look(unapproved)).toMatchObject({
    status: 'cancelled',
    error: { detail: expect.stringContaining('disconnected before it began') },
  });
  expect(await look(begun)).toMatchObject({
    status: 'waiting',
    waiting_for: 'reveal',
    reveal_url: expect.stringContaining('http'),
    requested_by: { kind: 'person', name: person.person.email, app: null },
  });
  const { items } = await call(dependencies, person, 'list_alerts');
  expect(items).toMatchObject([{ kind: 'handed_over', operation_id: begun }]);
  expect((await auditOf(person, [operation.id])).map(({ action }) => action)).toEqual(
    expect.arrayContaining(['cancel_operation', 'hand_over_operation']),
  );
  await call(dependencies, person, 'cancel_operation', { operation: begun });
  expect(await ended(person, begun)).toMatchObject({ status: 'cancelled' });
});

test('a call under way neither holds the revocation up nor leaves an operation behind', async () => {
  const { person, app } = await seed();
  const { organizationId } = person;
  const agentId = await seedAgent(dependencies.database, organizationId);
  const [accepted, release] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const call = dependencies.database.inOrganization(organizationId, async (transaction) => {
    await appCallerNow(transaction, app.caller);
    const { operation } = await acceptOperation(transaction, {
      kind: 'delete_agent',
      area: 'agents',
      steps: [],
      target: { kind: 'agent', id: agentId, name: 'stripe-relay' },
      input: {},
      requestedBy: actorOf(app.caller),
      requestedPersonId: person.person.id,
      workflowId: (id) => `agent-deletion/${agentId}/${id}`,
    });
    accepted.resolve();
    await release.promise;
    return operation.id;
  });
  await accepted.promise;
  const settling = Promise.withResolvers<void>();
  harness.hooks.settleOperations = () => settling.resolve();
  const operationId = await revoke(person, app);
  await settling.promise;
  // Long enough for the activity to miss the operation, did it not wait.
  await pause(200);
  release.resolve();
  expect((await ended(person, operationId)).result).toMatchObject({ cancelled_operations: 1 });
  expect(await ended(person, await call)).toMatchObject({ status: 'cancelled' });
  delete harness.hooks.settleOperations;
});

test('access that was given back behind its back is told, not hidden', async () => {
  const { person, app } = await seed();
  harness.hooks.introspectTokens = async () => {
    await dependencies.database.inOrganization(person.organizationId, (transaction) =>
      transaction.oauthGrant.update({ where: { id: app.caller.grantId }, data: { revokedAt: null } }),
    );
  };
  const operation = await ended(person, await revoke(person, app));
  delete harness.hooks.introspectTokens;
  expect(operation).toMatchObject({ status: 'failed', error: { code: 'still_active' } });
  expect((await auditOf(person, [operation.id])).at(-1)).toMatchObject({
    action: 'introspect_app_tokens',
    outcome: 'failed',
    arguments: { active: 2 },
  });
});

test('what could not start while Temporal was away, housekeeping starts', async () => {
  const { person, app } = await seed();
  const away = async () => {
    throw new PublicError('temporal_unavailable', 'Temporal is away.');
  };
  const without = { ...dependencies, workflows: { ...dependencies.workflows, startAccessRevocation: away } };
  const { operation_id: id } = await call(without, person, 'revoke_connected_app', { app: app.connectedAppId });
  await settleAcceptedOperation(dependencies, harness.client, stale(person, id));
  expect(await ended(person, id)).toMatchObject({ status: 'succeeded' });
});

test.each([
  ['introspectTokens', 'accepted', settleAcceptedOperation],
  ['settleOperations', 'running', settleAbandonedOperation],
])(
  'a revocation whose workflow was terminated at %s, and left %s, is brought to its end',
  async (activity, status, settle) => {
    const { person, app } = await seed();
    await demandApproval(person, true);
    const unapproved = await askForRotation(app.caller, 'unapproved-relay');
    const [reached, terminated] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    harness.hooks[activity] = async () => {
      reached.resolve();
      await terminated.promise;
      throw new Error('Its work is lost with the workflow.');
    };
    const id = await revoke(person, app);
    await reached.promise;
    await harness.client.workflow.getHandle(workflowIdOf(id)).terminate();
    terminated.resolve();
    delete harness.hooks[activity];
    expect((await call(dependencies, person, 'get_operation', { operation: id })).operation).toMatchObject({ status });

    await settle(dependencies, harness.client, stale(person, id));
    expect(await ended(person, id)).toMatchObject({ status: 'succeeded', result: { cancelled_operations: 1 } });
    expect(await ended(person, unapproved)).toMatchObject({ status: 'cancelled' });
  },
);
