import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { MockActivityEnvironment } from '@temporalio/testing';
import pg from 'pg';
import type { RefusedCalls } from '../../activities/agents.ts';
import { drainCalls } from '../../activities/drain-calls.ts';
import type { AgentDeletion } from '../../core/domain/agent-deletion.ts';
import { deleteAgent } from '../../core/operations/delete-agent.ts';
import { invoke } from '../../core/operations/invoke.ts';
import { type TestDependencies, testDependencies } from '../servers/dependencies.ts';
import { seedAgent, seedCaller } from '../servers/seed.ts';

const deletedAt = '2026-11-01T10:00:00.000Z';
const secondsAfter = (seconds: number) => Date.parse(deletedAt) + seconds * 1_000;

let made: TestDependencies;
let relay: pg.Client;
let draining: AgentDeletion & RefusedCalls;

beforeAll(async () => {
  made = await testDependencies();
  relay = new pg.Client({ connectionString: made.testDatabase.urls.relay });
  await relay.connect();
});
afterAll(async () => {
  await relay?.end();
  await made?.stop();
});

beforeEach(async () => {
  const { dependencies } = made;
  await relay.query('DELETE FROM relay_process');
  const caller = await seedCaller(dependencies.database);
  const { organizationId } = caller;
  const agentId = await seedAgent(dependencies.database, organizationId);
  const answer = await invoke(deleteAgent, { caller, input: { agent: agentId } }, dependencies);
  const operationId = answer.operation_id as string;
  await dependencies.database.inOrganization(organizationId, (transaction) =>
    transaction.agent.update({ where: { id: agentId }, data: { deletedAt, deleteOperationId: operationId } }),
  );
  draining = { organizationId, agentId, operationId, deletedAt, restorableUntil: deletedAt, changeXid: '500' };
});

function relayProcess({ snapshotXid = 501, calls = 0, silentSeconds = 0 }) {
  return relay.query(
    `INSERT INTO relay_process (id, snapshot_xid, in_flight, last_heartbeat_at)
     VALUES (gen_random_uuid(), $1, $2, now() - make_interval(secs => $3))`,
    [snapshotXid, JSON.stringify({ [draining.agentId]: calls }), silentSeconds],
  );
}

/** Drains, with the clock at each look (the last one stays). `betweenLooks` runs when the drain goes on waiting. */
async function drain(looks: number[], betweenLooks = async (): Promise<unknown> => undefined) {
  const activity = new MockActivityEnvironment();
  const waits: unknown[] = [];
  activity.on('heartbeat', () => waits.push(betweenLooks()));
  const clock = () => (looks.length > 1 ? looks.shift() : looks[0]) ?? 0;
  const { database } = made.dependencies;
  const { callsCut } = (await activity.run(drainCalls, database, draining, clock)) as { callsCut: number };
  await Promise.all(waits);
  return { callsCut, waited: waits.length };
}

test('no relay, nothing to wait for', async () => {
  expect(await drain([secondsAfter(0)])).toEqual({ callsCut: 0, waited: 0 });
});

test('a relay that has not applied the refusal yet is waited for', async () => {
  await relayProcess({ snapshotXid: 500 });
  const applied = () => relay.query('UPDATE relay_process SET snapshot_xid = 501');
  expect(await drain([secondsAfter(0)], applied)).toEqual({ callsCut: 0, waited: 1 });
});

test('calls in flight are waited for, on every relay', async () => {
  await relayProcess({ calls: 0 });
  await relayProcess({ calls: 2 });
  const ended = () => relay.query("UPDATE relay_process SET in_flight = '{}'");
  expect(await drain([secondsAfter(0)], ended)).toEqual({ callsCut: 0, waited: 1 });
});

test('after a minute what is left is cut and counted', async () => {
  await relayProcess({ calls: 2 });
  await relayProcess({ calls: 1 });
  expect(await drain([secondsAfter(59), secondsAfter(60)])).toEqual({ callsCut: 3, waited: 1 });
});

test('calls that a relay cut just before the last look are counted', async () => {
  await relayProcess({ calls: 2 });
  const cut = () => relay.query("UPDATE relay_process SET in_flight = '{}'");
  expect(await drain([secondsAfter(59), secondsAfter(60)], cut)).toEqual({ callsCut: 2, waited: 1 });
});

test('a relay that was silent for over 15 seconds is dead', async () => {
  await relayProcess({ calls: 2, silentSeconds: 16 });
  expect(await drain([secondsAfter(0)])).toEqual({ callsCut: 0, waited: 0 });
});
