import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Caller } from '../../../core/domain/caller.ts';
import { CALLS_PER_SECOND, createGrantLimit, MOST_SAVED } from '../../../core/services/grant-calls.ts';
import { createGrant } from '../../../core/services/oauth-grants.ts';
import { openDatabase } from '../../../core/store/database.ts';
import { type TestDependencies, testDependencies } from '../../servers/dependencies.ts';
import { seedCaller } from '../../servers/seed.ts';

let running: TestDependencies;
beforeAll(async () => {
  running = await testDependencies();
});
afterAll(() => running.stop());

async function seedApp(): Promise<Extract<Caller, { kind: 'app' }>> {
  const { database } = running.dependencies;
  const { kind: _session, sessionId: _id, ...caller } = await seedCaller(database, 'manager');
  const { person, organizationId, requestId } = caller;
  const client = { id: 'client', name: 'A client' };
  const grantId = await createGrant(
    { database },
    { person, organizationId, client, scopes: [], writesUntil: null, requestId },
  );
  return { ...caller, kind: 'app', grantId, clientId: client.id, clientName: client.name, scopes: new Set() };
}

/** How many calls go through at once. */
async function admitted(limits: ReturnType<typeof createGrantLimit>[], caller: Awaited<ReturnType<typeof seedApp>>) {
  const tries = Array.from({ length: 2 * MOST_SAVED }, (_, index) => limits[index % limits.length]?.(caller));
  return (await Promise.all(tries)).filter((seconds) => seconds === 0).length;
}

test('two processes together let a grant through no more than one alone, and say when to come back', async () => {
  const caller = await seedApp();
  const other = openDatabase(running.testDatabase.urls.app);
  const limits = [createGrantLimit(running.dependencies), createGrantLimit({ database: other })];
  const started = Date.now();
  const through = await admitted(limits, caller);
  const earned = Math.ceil(((Date.now() - started) / 1_000) * CALLS_PER_SECOND);
  expect(through).toBeLessThanOrEqual(MOST_SAVED + earned);
  // What was taken and not passed on: less than one portion a process.
  expect(through).toBeGreaterThan(MOST_SAVED - 2 * 20);
  expect(await limits[0]?.(caller)).toBeGreaterThanOrEqual(1);
  await other.close();
});

test('one app in circles slows no other', async () => {
  const [busy, quiet] = [await seedApp(), await seedApp()];
  const limit = createGrantLimit(running.dependencies);
  await admitted([limit], busy);
  expect(await limit(quiet)).toBe(0);
});

test('what a process has taken does not outlive its seconds', async () => {
  const caller = await seedApp();
  let now = Date.now();
  const limit = createGrantLimit(running.dependencies, () => now);
  expect(await limit(caller)).toBe(0);
  now += 60_000;
  expect(await limit(caller)).toBe(0);
  const [row] = await running.dependencies.database.inOrganization(caller.organizationId, (transaction) =>
    transaction.grantCalls.findMany(),
  );
  // Two portions were taken, though two calls were made.
  const secondsTaken = ((row?.takenUntil.getTime() ?? 0) - Date.now()) / 1_000;
  expect(secondsTaken).toBeGreaterThan(20 / CALLS_PER_SECOND);
});

test('of refusals in a row the first is on record: who, through which app and grant', async () => {
  const caller = await seedApp();
  await admitted([createGrantLimit(running.dependencies)], caller);
  const events = await running.dependencies.database.inOrganization(caller.organizationId, (transaction) =>
    transaction.auditEvent.findMany({ where: { action: 'rate_limited' } }),
  );
  expect(events).toEqual([
    expect.objectContaining({ status: 429, outcome: 'refused', app: 'A client', grantId: caller.grantId }),
  ]);
});
