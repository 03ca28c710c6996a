import { afterAll, beforeAll, expect, test } from '@jest/globals';
import pg from 'pg';
import { createGrantKeepingActivities } from '../../activities/grant-keeping.ts';
import { type JobsDatabase, openJobsDatabase } from '../../core/store/jobs-database.ts';
import { bearerHash } from '../../core/vault/bearer-secret.ts';
import { ensureSchedules } from '../../workers/schedules.ts';
import { connect, type RunningApp, registerClient, startApp } from '../servers/connected-app.ts';
import { runTestWorker } from '../servers/control-worker.ts';
import { runSchedule } from '../servers/run-schedule.ts';
import { seedCaller } from '../servers/seed.ts';
import { startTestTemporal, type TestTemporal } from '../servers/temporal.ts';

let app: RunningApp;
let jobs: JobsDatabase;
let superuser: pg.Client;
let temporal: TestTemporal;
let worker: Awaited<ReturnType<typeof runTestWorker>>;

beforeAll(async () => {
  app = await startApp();
  jobs = openJobsDatabase(app.testDatabase.urls.jobs);
  superuser = new pg.Client({ connectionString: app.testDatabase.urls.superuser });
  await superuser.connect();
  temporal = await startTestTemporal({});
  const { client, nativeConnection: connection } = temporal;
  const activities = createGrantKeepingActivities({ ...app.dependencies, jobs });
  worker = await runTestWorker({ connection, client, dataConverter: undefined, activities });
  await ensureSchedules(client);
});
afterAll(async () => {
  await worker?.stop();
  await temporal?.stop();
  await superuser?.end();
  await jobs?.close();
  await app?.stop();
});

async function grantOf(organizationId: string) {
  return app.dependencies.database.inOrganization(organizationId, async (transaction) => ({
    grant: await transaction.oauthGrant.findFirstOrThrow(),
    events: await transaction.auditEvent.findMany({ where: { actorKind: 'system' } }),
  }));
}

test('when the time to write is over, the record says so once; who may still write is left alone', async () => {
  const [over, within] = [await seedCaller(app.dependencies.database), await seedCaller(app.dependencies.database)];
  for (const person of [over, within]) await connect(app, person, { changes: { duration: '8_hours' } });
  await superuser.query(
    "UPDATE oauth_grant SET writes_until = now() - interval '1 second' WHERE organization_id = $1",
    [over.organizationId],
  );
  await runSchedule(temporal.client, 'timed-writing');
  await runSchedule(temporal.client, 'timed-writing');
  const { grant, events } = await grantOf(over.organizationId);
  expect(grant).toMatchObject({ writesUntil: null, revokedAt: null });
  expect(grant.scopes.filter((scope) => scope.endsWith(':write'))).toEqual([]);
  expect(grant.scopes).toContain('agents:read');
  expect(events).toMatchObject([{ action: 'end_writing', outcome: 'succeeded', targetId: grant.id }]);
  const other = await grantOf(within.organizationId);
  expect(other.grant).toMatchObject({ writesUntil: expect.any(Date) });
  expect(other.grant.scopes).toContain('agents:write');
  expect(other.events).toEqual([]);
});

test('a grant of which no token is left ends, and one that can be refreshed does not', async () => {
  const [idle, live] = [await seedCaller(app.dependencies.database), await seedCaller(app.dependencies.database)];
  for (const person of [idle, live]) await connect(app, person);
  await superuser.query("UPDATE oauth_grant SET created_at = now() - interval '31 days'");
  await superuser.query(
    'DELETE FROM oauth_artifact WHERE grant_id IN (SELECT id FROM oauth_grant WHERE organization_id = $1)',
    [idle.organizationId],
  );
  await runSchedule(temporal.client, 'grant-keeping');
  expect(await grantOf(idle.organizationId)).toMatchObject({
    grant: { expiresAt: expect.any(Date) },
    events: [{ action: 'expire_access' }],
  });
  expect(await grantOf(live.organizationId)).toMatchObject({ grant: { expiresAt: null }, events: [] });
});

test('a client that nobody ever allowed anything is forgotten after a month, and no other', async () => {
  const [unused, young] = [await registerClient(app.url), await registerClient(app.url)];
  const { clientId: used } = await connect(app, await seedCaller(app.dependencies.database));
  await superuser.query(
    "UPDATE oauth_artifact SET created_at = now() - interval '31 days' WHERE model = 'Client' AND id_hash <> $1",
    [bearerHash(young)],
  );
  await runSchedule(temporal.client, 'grant-keeping');
  const { rows } = await superuser.query("SELECT id_hash FROM oauth_artifact WHERE model = 'Client'");
  const kept = rows.map(({ id_hash: hash }: { id_hash: Buffer }) => hash.toString('hex'));
  expect([unused, young, used].map((id) => kept.includes(bearerHash(id).toString('hex')))).toEqual([false, true, true]);
});
