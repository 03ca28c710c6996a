import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Client } from 'pg';
import { type Database, openDatabase } from '../../../core/store/database.ts';
import { startTestDatabase, type TestDatabase } from '../../servers/database.ts';
import { seedAgent, seedCaller } from '../../servers/seed.ts';

let testDatabase: TestDatabase;
let database: Database;
beforeAll(async () => {
  testDatabase = await startTestDatabase();
  database = openDatabase(testDatabase.urls.app);
});
afterAll(async () => {
  await database?.close();
  await testDatabase?.stop();
});

test('a query that takes too long gives its connection back to the others', async () => {
  const narrow = openDatabase(testDatabase.urls.app, { connections: 1 });
  try {
    const slow = narrow.inInstance((transaction) => transaction.$queryRaw`SELECT pg_sleep(12)::text`);
    await expect(slow).rejects.toMatchObject({ code: 'database_unavailable' });
    await expect(narrow.inInstance((transaction) => transaction.$queryRaw`SELECT 1`)).resolves.toHaveLength(1);
  } finally {
    await narrow.close();
  }
}, 20_000);

test.each(['raw', 'Prisma’s own'])('a transaction whose %s query ran into a deadlock runs once more', async (how) => {
  const { organizationId } = await seedCaller(database);
  const left = await seedAgent(database, organizationId, 'left');
  const right = await seedAgent(database, organizationId, 'right');
  const rival = new Client({ connectionString: testDatabase.urls.superuser });
  await rival.connect();
  const rivalLocks = (id: string) => rival.query('SELECT FROM agent WHERE id = $1 FOR UPDATE', [id]);
  // So it is never the rival that Postgres gives up.
  await rival.query("BEGIN; SET LOCAL deadlock_timeout = '1min'");
  await rivalLocks(right);
  let runs = 0;
  let rivalDone: Promise<unknown> = Promise.resolve();
  await database.inOrganization(organizationId, async (transaction) => {
    runs += 1;
    const lock = (id: string) =>
      how === 'raw'
        ? transaction.$queryRaw`SELECT id FROM agent WHERE id = ${id}::uuid FOR UPDATE`
        : transaction.agent.update({ where: { id }, data: { labels: ['locked'] } });
    await lock(left);
    if (runs === 1) rivalDone = rivalLocks(left).then(() => rival.query('COMMIT'));
    await lock(right);
  });
  await rivalDone;
  await rival.end();
  expect(runs).toBe(2);
});
