import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { MockActivityEnvironment } from '@temporalio/testing';
import pg from 'pg';
import { createHousekeepingActivities, type HousekeepingActivities } from '../../activities/housekeeping.ts';
import type { Dependencies } from '../../core/dependencies.ts';
import { deleteAgent } from '../../core/operations/delete-agent.ts';
import { invoke } from '../../core/operations/invoke.ts';
import { createAgentKey } from '../../core/services/agent-keys.ts';
import { type JobsDatabase, openJobsDatabase } from '../../core/store/jobs-database.ts';
import { createDataConverter, payloadKeys } from '../../core/temporal/data-converter.ts';
import { createWorkflows } from '../../core/temporal/workflow-client.ts';
import { type TestDependencies, testDependencies } from '../servers/dependencies.ts';
import { seedAgent, seedCaller } from '../servers/seed.ts';
import { startTestTemporal, type TestTemporal } from '../servers/temporal.ts';

let made: TestDependencies;
let temporal: TestTemporal;
let dependencies: Dependencies;
let jobs: JobsDatabase;
let superuser: pg.Client;
let chores: HousekeepingActivities;

beforeAll(async () => {
  made = await testDependencies();
  temporal = await startTestTemporal(createDataConverter(payloadKeys(made.dependencies.instanceKeys)));
  const { client } = temporal;
  dependencies = { ...made.dependencies, workflows: createWorkflows(client) };
  jobs = openJobsDatabase(made.testDatabase.urls.jobs);
  chores = createHousekeepingActivities({ ...dependencies, jobs, client });
  superuser = new pg.Client({ connectionString: made.testDatabase.urls.superuser });
  await superuser.connect();
});
afterAll(async () => {
  await superuser?.end();
  await jobs?.close();
  await temporal?.stop();
  await made?.stop();
});

const run = (chore: () => Promise<void>) => new MockActivityEnvironment().run(chore);

/** A deletion that was accepted 31 seconds ago and of whose start nothing is known. */
async function staleDeletion() {
  const caller = await seedCaller(dependencies.database);
  const { organizationId } = caller;
  const agentId = await seedAgent(dependencies.database, organizationId);
  const input = { agent: agentId };
  const answer = await invoke(deleteAgent, { caller, input }, { ...dependencies, workflows: made.workflows });
  const operationId = answer.operation_id as string;
  await superuser.query("UPDATE operation SET updated_at = now() - interval '31 seconds' WHERE id = $1", [operationId]);
  const read = () =>
    dependencies.database.inOrganization(organizationId, (transaction) =>
      transaction.operation.findUniqueOrThrow({ where: { id: operationId } }),
    );
  const workflow = temporal.client.workflow.getHandle(`agent-deletion/${agentId}/${operationId}`);
  return { deletion: { organizationId, agentId, operationId }, workflow, read };
}

test('an operation left accepted is started, once', async () => {
  const { workflow, read } = await staleDeletion();
  await run(chores.settleAcceptedOperations);
  const first = await workflow.describe();
  await run(chores.settleAcceptedOperations);
  const second = await workflow.describe();
  expect([first.status.name, second.runId]).toEqual(['RUNNING', first.runId]);
  expect(await read()).toMatchObject({ status: 'accepted' });
  await workflow.terminate();
});

test('an operation whose workflow ended before its first step has failed', async () => {
  const { deletion, workflow, read } = await staleDeletion();
  await dependencies.workflows.startAgentDeletion(deletion);
  await workflow.terminate();
  await run(chores.settleAcceptedOperations);
  expect(await read()).toMatchObject({ status: 'failed', error: { code: 'internal' } });
});

test.each(['running', 'waiting'])(
  'an operation left %s by a workflow that was terminated has failed, and only that one',
  async (status) => {
    const [ended, going] = [await staleDeletion(), await staleDeletion()];
    for (const { deletion } of [ended, going]) {
      await dependencies.workflows.startAgentDeletion(deletion);
      await superuser.query(
        "UPDATE operation SET status = $2, updated_at = now() - interval '11 minutes' WHERE id = $1",
        [deletion.operationId, status],
      );
    }
    await ended.workflow.terminate();
    await run(chores.settleAcceptedOperations);
    expect(await ended.read()).toMatchObject({ status: 'failed', error: { code: 'internal' } });
    expect(await going.read()).toMatchObject({ status });
    await going.workflow.terminate();
  },
);

test.each([
  ['its end was asked for', { cancel_request: { by: 'somebody' } }, 1],
  ['it was approved', { waiting_for: 'approval', approval: { decision: 'approved' } }, 1],
  ['nobody has decided yet', { waiting_for: 'approval', approval: { decision: null } }, 0],
])('a workflow that waits is told again of what it has not heard: %s', async (_when, row, told) => {
  const { deletion, workflow } = await staleDeletion();
  await dependencies.workflows.startAgentDeletion(deletion);
  const quiet = { status: 'waiting', updated_at: new Date(Date.now() - 11 * 60_000), ...row };
  const columns = Object.keys(quiet).map((column, index) => `${column} = $${index + 2}`);
  await superuser.query(`UPDATE operation SET ${columns} WHERE id = $1`, [
    deletion.operationId,
    ...Object.values(quiet),
  ]);
  await run(chores.settleAcceptedOperations);
  const { events } = await workflow.fetchHistory();
  expect(events?.filter((event) => event.workflowExecutionSignaledEventAttributes != null)).toHaveLength(told);
  await workflow.terminate();
});

test('an agent key that nobody revealed within 15 minutes is destroyed, a younger one is not', async () => {
  const caller = await seedCaller(dependencies.database);
  const { organizationId, person } = caller;
  const create = (name: string) =>
    dependencies.database.inOrganization(organizationId, (transaction) =>
      createAgentKey(transaction, dependencies, { agentId: null, name, personId: person.id, inline: false }),
    );
  const [late, young] = [await create('late'), await create('young')];
  await superuser.query("UPDATE agent_key SET created_at = now() - interval '16 minutes' WHERE id = $1", [late.id]);
  await run(chores.destroyUnrevealedKeys);
  const { keys, links, events } = await dependencies.database.inOrganization(organizationId, async (transaction) => ({
    keys: await transaction.agentKey.findMany({ orderBy: { name: 'asc' } }),
    links: await transaction.oneTimeLink.findMany({ where: { endedAt: { not: null } } }),
    events: await transaction.auditEvent.findMany(),
  }));
  expect(keys).toMatchObject([
    { name: 'late', sealed: null, wrappedKey: null, revokedAt: expect.any(Date) },
    { name: 'young', sealed: expect.any(Uint8Array), revokedAt: null },
  ]);
  expect(links.map(({ agentKeyId }) => agentKeyId)).toEqual([late.id]);
  expect(events).toMatchObject([{ action: 'destroy_unrevealed_key', actorKind: 'system', targetId: late.id }]);
  expect(young.reveal_url).not.toBeNull();
});

test('invariant 8: a deleted credential loses its values after seven days and not before', async () => {
  const { organizationId, person } = await seedCaller(dependencies.database);
  const deleted = (name: string, restorableUntil: Date) => ({
    name,
    organizationId,
    createdBy: person.id,
    status: 'deleted',
    deletedAt: new Date(),
    restorableUntil,
  });
  const look = () =>
    dependencies.database.inOrganization(organizationId, (transaction) =>
      transaction.credential.findMany({ orderBy: { name: 'asc' }, include: { versions: true } }),
    );
  await dependencies.database.inOrganization(organizationId, async (transaction) => {
    for (const data of [
      deleted('over', new Date(Date.now() - 60_000)),
      deleted('within', new Date(Date.now() + 60_000)),
    ]) {
      const { id: credentialId } = await transaction.credential.create({ data });
      const { wrapKeyId, ...sealed } = await dependencies.vault.seal(Buffer.from('value'), {
        owner: organizationId,
        words: credentialId,
      });
      const bytes = { sealed: Buffer.from(sealed.sealed), wrappedKey: Buffer.from(sealed.wrappedKey) };
      const version = { organizationId, credentialId, state: 'current', fingerprint: '…', createdBy: person.id };
      await transaction.credentialVersion.create({ data: { ...version, ...bytes, wrapKeyId } });
    }
  });
  await run(chores.purgeDeletedCredentials);
  expect(await look()).toMatchObject([
    { name: 'over', purgedAt: expect.any(Date), versions: [] },
    { name: 'within', purgedAt: null, versions: [{ state: 'current' }] },
  ]);
});

test('invariant 8: a deleted agent is purged although its workflow is lost, an hour after its seven days and not before', async () => {
  const { database } = dependencies;
  const { organizationId, person } = await seedCaller(database);
  const deleted = async (minutesOver: number) => {
    const id = await seedAgent(database, organizationId);
    const deleteOperationId = randomUUID();
    await database.inOrganization(organizationId, async (transaction) => {
      const wishes = { agentId: id, name: 'billing', personId: person.id, inline: false };
      await createAgentKey(transaction, dependencies, wishes);
      const restorableUntil = new Date(Date.now() - minutesOver * 60_000);
      await transaction.agent.update({
        where: { id },
        data: { deletedAt: new Date(0), restorableUntil, deleteOperationId },
      });
    });
    return { id, deleteOperationId };
  };
  const [lost, waited] = [await deleted(61), await deleted(59)];
  await run(chores.purgeDeletedCredentials);
  await run(chores.purgeDeletedCredentials);
  const { agents, keys, events } = await database.inOrganization(organizationId, async (transaction) => ({
    agents: await transaction.agent.findMany({ orderBy: { restorableUntil: 'asc' } }),
    keys: await transaction.agentKey.findMany(),
    events: await transaction.auditEvent.findMany(),
  }));
  expect(agents).toMatchObject([
    { id: lost.id, purgedAt: expect.any(Date) },
    { id: waited.id, purgedAt: null },
  ]);
  expect(keys).toMatchObject([{ agentId: waited.id }]);
  const event = { action: 'purge_agent', targetId: lost.id, operationId: lost.deleteOperationId };
  expect(events).toMatchObject([event]);
});

test('what has expired is deleted, what has not stays', async () => {
  const { organizationId, person } = await seedCaller(dependencies.database);
  await superuser.query(
    `INSERT INTO session (id, token_hash, person_id, expires_at, address, user_agent)
     SELECT gen_random_uuid(), sha256(due::text::bytea), $1, now() + due, '127.0.0.1', '' FROM
       (VALUES (interval '-1 second'), (interval '1 hour')) AS times (due)`,
    [person.id],
  );
  await superuser.query(
    `INSERT INTO idempotency_record (organization_id, caller, key, operation, body_hash, answer, expires_at)
     SELECT $1, 'c', due::text, 'o', '', '{}', now() + due FROM
       (VALUES (interval '-1 second'), (interval '1 hour')) AS times (due)`,
    [organizationId],
  );
  await superuser.query(
    `INSERT INTO relay_process (id, last_heartbeat_at) VALUES
       (gen_random_uuid(), now()), (gen_random_uuid(), now() - interval '16 minutes')`,
  );
  await superuser.query(
    `INSERT INTO invitation (id, organization_id, email, role, token_hash, invited_by, expires_at)
     SELECT gen_random_uuid(), $1, due::text, 'operator', sha256(due::text::bytea), $2, now() - due FROM
       (VALUES (interval '31 days'), (interval '29 days')) AS times (due)`,
    [organizationId, person.id],
  );
  await superuser.query(
    `INSERT INTO one_time_link (id, organization_id, kind, token_hash, person_id, agent_key_id, expires_at)
     SELECT gen_random_uuid(), $1, 'reveal', sha256(due::text::bytea), $2, gen_random_uuid(), now() - due FROM
       (VALUES (interval '31 days'), (interval '29 days')) AS times (due)`,
    [organizationId, person.id],
  );
  await run(chores.deleteExpired);
  const { rows } = await superuser.query(
    `SELECT (SELECT count(*)::int FROM session) AS sessions, (SELECT count(*)::int FROM idempotency_record) AS records,
       (SELECT count(*)::int FROM relay_process) AS processes,
       (SELECT count(*)::int FROM invitation) AS invitations,
       (SELECT count(*)::int FROM one_time_link WHERE organization_id = $1) AS links`,
    [organizationId],
  );
  expect(rows).toEqual([{ sessions: 1, records: 1, processes: 1, invitations: 1, links: 1 }]);
});
