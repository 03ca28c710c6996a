import { once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Client } from 'pg';
import { type Database, openDatabase } from '../../../core/store/database.ts';
import { Prisma } from '../../../core/store/generated/client.ts';
import { startTestDatabase, type TestDatabase } from '../../servers/database.ts';
import { seedAgent, seedCaller } from '../../servers/seed.ts';
import { openTcpGate } from '../../servers/tcp-gate.ts';

const unavailable = { code: 'database_unavailable' };

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
    await expect(slow).rejects.toMatchObject(unavailable);
    await expect(narrow.inInstance((transaction) => transaction.$queryRaw`SELECT 1`)).resolves.toHaveLength(1);
  } finally {
    await narrow.close();
  }
});

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

/** Ends connections to this database, as a restart of Postgres does. */
async function endConnections(where: string): Promise<number> {
  const superuser = new Client({ connectionString: testDatabase.urls.superuser });
  await superuser.connect();
  const { rows } = await superuser.query(
    `SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
      WHERE datname = current_database() AND pid <> pg_backend_pid() AND ${where}`,
  );
  await superuser.end();
  return rows.length;
}

test('a transaction whose connection ends between two of its queries is refused as the database being away', async () => {
  const lost = database.inInstance(async (transaction) => {
    await transaction.$queryRaw`SELECT 'held here'`;
    expect(await endConnections("query LIKE '%held here%'")).toBe(1);
    return transaction.$queryRaw`SELECT 1`;
  });
  await expect(lost).rejects.toMatchObject(unavailable);
  await expect(database.inInstance((transaction) => transaction.$queryRaw`SELECT 1`)).resolves.toHaveLength(1);
});

test('work under a lock comes to its end when the connection that holds the lock does not', async () => {
  const done = database.exclusively('a lost lock', async () => {
    expect(await endConnections("application_name = 'agentgateway locks'")).toBe(1);
    return 'done';
  });
  await expect(done).resolves.toBe('done');
  await expect(database.exclusively('a lost lock', async () => 'again')).resolves.toBe('again');
});

test('a database that was closed ends the transaction under way, and opens no connection for any after it', async () => {
  const closed = openDatabase(testDatabase.urls.app, { connections: 3 });
  const [begun, done] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const underWay = closed.inInstance(async (transaction) => {
    begun.resolve();
    await done.promise;
    return transaction.$queryRaw`SELECT 1 AS one`;
  });
  await begun.promise;
  const close = closed.close();
  await expect(closed.inInstance((transaction) => transaction.$queryRaw`SELECT 1`)).rejects.toMatchObject(unavailable);
  done.resolve();
  await expect(underWay).resolves.toEqual([{ one: 1 }]);
  await close;
  await expect(closed.inInstance((transaction) => transaction.$queryRaw`SELECT 1`)).rejects.toMatchObject(unavailable);
  await expect(closed.lookUp(Prisma.sql`SELECT 1`)).rejects.toMatchObject(unavailable);
});

test('a connection that was lost without a word fails its user, and the next one has another', async () => {
  const gate = await openTcpGate({ host: '127.0.0.1', port: Number(new URL(testDatabase.urls.app).port) });
  const through = Object.assign(new URL(testDatabase.urls.app), { hostname: '127.0.0.1', port: String(gate.port) });
  const narrow = openDatabase(through.href, { connections: 1 });
  try {
    await narrow.lookUp(Prisma.sql`SELECT 1`);
    gate.stall();
    await expect(narrow.lookUp(Prisma.sql`SELECT 1`)).rejects.toMatchObject(unavailable);
    await expect(narrow.inInstance((transaction) => transaction.$queryRaw`SELECT 1`)).resolves.toHaveLength(1);
  } finally {
    await gate.shut();
    await narrow.close();
  }
}, 20_000);

test('a connection that ends with the same bytes that hand it to its next user fails that user alone', async () => {
  const { hostname, port } = new URL(testDatabase.urls.app);
  const held: Buffer[] = [];
  let hold = false;
  const between = createServer((near) => {
    const far = connect({ host: hostname, port: Number(port) });
    near.pipe(far);
    far.on('data', (bytes) => {
      if (held.length > 0 || hold) held.push(bytes);
      else near.write(bytes);
    });
    far.on('end', () => near.end(Buffer.concat(held.splice(0))));
    for (const socket of [near, far]) socket.on('error', () => {});
  }).listen(0, '127.0.0.1');
  await once(between, 'listening');
  const url = new URL(testDatabase.urls.app);
  Object.assign(url, { hostname: '127.0.0.1', port: String((between.address() as AddressInfo).port) });
  const narrow = openDatabase(url.href, { connections: 1 });
  try {
    await narrow.lookUp(Prisma.sql`SELECT 'handed over'`);
    hold = true;
    const first = narrow.lookUp(Prisma.sql`SELECT 'handed over' AS word`);
    const second = narrow.inInstance((transaction) => transaction.$queryRaw`SELECT 1`);
    second.catch(() => {});
    while (held.length === 0) await nextTurn();
    expect(await endConnections("query LIKE '%handed over%'")).toBe(1);
    hold = false;
    await expect(first).resolves.toEqual([{ word: 'handed over' }]);
    await expect(second).rejects.toMatchObject(unavailable);
    await expect(narrow.lookUp(Prisma.sql`SELECT 1 AS one`)).resolves.toEqual([{ one: 1 }]);
  } finally {
    await narrow.close();
    between.close();
  }
});
