import { afterAll, beforeAll, expect, test } from '@jest/globals';
import fc from 'fast-check';
import pg from 'pg';
import { chainAuditEvents } from '../../../core/store/chain-audit-events.ts';
import { type AuditStack, recordEvent, startAuditStack } from './audit-chain-harness.ts';

let stack: AuditStack;
beforeAll(async () => {
  stack = await startAuditStack();
});
afterAll(() => stack?.stop());

const sequences = (places: { sequence: number | null }[]) => places.map(({ sequence }) => sequence);
const upTo = (count: number) => Array.from({ length: count }, (_, index) => index + 1);

test('an event that commits late gets its place when it is seen, behind later ones that committed before', async () => {
  const { dependencies, newOrganization, chain, placesOf, verify } = stack;
  const organizationId = await newOrganization();
  const { promise: othersAreChained, resolve: goOn } = Promise.withResolvers<void>();
  const { promise: lateIsWritten, resolve: written } = Promise.withResolvers<void>();
  const late = dependencies.database.inOrganization(organizationId, async (transaction) => {
    await recordEvent(transaction, 'late');
    written();
    await othersAreChained;
  });
  await lateIsWritten;
  await dependencies.database.inOrganization(organizationId, (transaction) => recordEvent(transaction, 'early'));
  await chain();
  expect(await placesOf(organizationId)).toEqual([{ request_id: 'early', sequence: 1 }]);
  goOn();
  await late;
  await chain();
  expect(await placesOf(organizationId)).toEqual([
    { request_id: 'early', sequence: 1 },
    { request_id: 'late', sequence: 2 },
  ]);
  expect(await verify(organizationId)).toMatchObject({ events: 2, problem_count: 0 });
});

test('two chainers at once, while many write: each event has one place, without a gap', async () => {
  const { chain, newOrganization, record, placesOf, verify } = stack;
  const organizations = await Promise.all([newOrganization(), newOrganization(), newOrganization()]);
  let writing = true;
  const chainers = [0, 1].map(async () => {
    while (writing) await chain();
  });
  await Promise.all(organizations.flatMap((id) => Array.from({ length: 4 }, () => writeSome(id))));
  writing = false;
  await Promise.all(chainers);
  await chain();
  for (const id of organizations) {
    expect(sequences(await placesOf(id))).toEqual(upTo(40));
    expect(await verify(id)).toMatchObject({ events: 40, problem_count: 0, waiting: 0 });
  }

  async function writeSome(organizationId: string): Promise<void> {
    for (let round = 0; round < 5; round++) await record(organizationId, 2);
  }
});

test('a chainer that is killed at any moment leaves nothing half done', async () => {
  const { signer, superuser, testDatabase, newOrganization, record, chain, placesOf, verify } = stack;
  const organizationId = await newOrganization();
  let events = 0;
  let killed = 0;
  await fc.assert(
    fc.asyncProperty(fc.nat(20), async (afterMs) => {
      await record(organizationId, 20);
      events += 20;
      const pool = new pg.Pool({
        connectionString: testDatabase.urls.jobs,
        application_name: 'killed-chainer',
        max: 1,
      });
      pool.on('error', () => {}).on('connect', (client) => client.on('error', () => {}));
      await pool.query('SELECT 1');
      const pass = chainAuditEvents(pool, signer).catch(() => killed++);
      await superuser.query('SELECT pg_sleep($1)', [afterMs / 1_000]);
      await superuser.query(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'killed-chainer'",
      );
      await pass;
      await pool.end();
      const places = sequences(await placesOf(organizationId)).filter((sequence) => sequence !== null);
      expect(places).toEqual(upTo(places.length));
      expect(places.length).toBe((await stack.head(organizationId))?.sequence ?? 0);
    }),
    { numRuns: 25 },
  );
  await chain();
  expect(killed).toBeGreaterThan(0);
  expect(await verify(organizationId)).toMatchObject({ events, problem_count: 0 });
});

test.each([
  ['rewrote the last event and its head', "UPDATE audit_head SET hash = sha256('another') WHERE organization_id = $1"],
  ['cut the last event off', 'DELETE FROM audit_event WHERE organization_id = $1 AND sequence = 2'],
  ['took the head away', 'DELETE FROM audit_head WHERE organization_id = $1'],
])('nothing is signed on top of a forged history: somebody %s', async (_what, forgery) => {
  const { superuser, newOrganization, record, chain, head, placesOf } = stack;
  const [forged, honest] = [await newOrganization(), await newOrganization()];
  await record(forged, 2);
  await chain();
  await superuser.query(forgery, [forged]);
  const headBefore = await head(forged);
  await record(forged, 1);
  await record(honest, 1);
  const { broken } = await chain();
  expect([...broken.keys()]).toEqual([forged]);
  expect(await head(forged)).toEqual(headBefore);
  expect(sequences(await placesOf(honest))).toEqual([1]);
  await superuser.query('DELETE FROM audit_event WHERE organization_id = $1', [forged]);
});

test('the database lets a chainer place an event once and change nothing of it, and an app place none', async () => {
  const { pool, testDatabase, newOrganization, record, chain } = stack;
  const organizationId = await newOrganization();
  await record(organizationId, 1);
  await chain();
  const again = await pool.query('UPDATE audit_event SET sequence = 7 WHERE organization_id = $1', [organizationId]);
  expect(again.rowCount).toBe(0);
  await expect(pool.query("UPDATE audit_event SET action = 'x'")).rejects.toThrow('permission denied');
  await expect(pool.query('DELETE FROM audit_event')).rejects.toThrow('permission denied');
  const app = new pg.Pool({ connectionString: testDatabase.urls.app, max: 1 });
  await app.query("SELECT set_config('app.organization_id', $1, false)", [organizationId]);
  await expect(app.query("UPDATE audit_event SET hash = '', sequence = 1")).rejects.toThrow('permission denied');
  await expect(
    app.query("INSERT INTO audit_event (id, sequence, hash) VALUES (gen_random_uuid(), 2, '')"),
  ).rejects.toThrow('permission denied');
  await app.end();
});
