import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import pg from 'pg';
import { pino } from 'pino';
import { Agent } from 'undici';
import { AccessTokens } from '../../core/outbound/access-tokens.ts';
import { createVault } from '../../core/vault/vault.ts';
import { FROM_THE_BEGINNING, readChanges } from '../../relay/snapshot/read-snapshot.ts';
import { Snapshot } from '../../relay/snapshot/snapshot.ts';
import { startTestDatabase, type TestDatabase } from '../servers/database.ts';

const organizationId = randomUUID();
const unused = () => Promise.reject(new Error('no secret is opened here'));
const vault = createVault({ wrap: unused, unwrap: unused, currentKeyId: unused });
const accessTokens = new AccessTokens(new Agent(), unused);
let database: TestDatabase;
let clients: { early: pg.Client; late: pg.Client; relay: pg.Client };

beforeAll(async () => {
  database = await startTestDatabase();
  const open = async (connectionString: string) => {
    const client = new pg.Client({ connectionString });
    await client.connect();
    return client;
  };
  const { superuser, relay } = database.urls;
  clients = { early: await open(superuser), late: await open(superuser), relay: await open(relay) };
  await clients.early.query(`INSERT INTO organization (id, name) VALUES ($1, 'Acme')`, [organizationId]);
});

afterAll(async () => {
  await Promise.all(Object.values(clients).map((client) => client.end()));
  await database.stop();
});

const add = (client: pg.Client, name: string) =>
  client.query('INSERT INTO agent (id, organization_id, name, upstream_url) VALUES ($1, $2, $3, $4)', [
    randomUUID(),
    organizationId,
    name,
    'https://api.example.com',
  ]);

test('a change that commits after a younger one is not missed, though no notification tells of it', async () => {
  const snapshot = new Snapshot();
  const reading = { client: clients.relay, vault, snapshot, accessTokens, log: pino({ level: 'silent' }) };
  const found = () => ['early', 'late'].filter((name) => snapshot.findRoute(organizationId, name));

  await clients.early.query('BEGIN');
  await add(clients.early, 'early');
  const { rows } = await clients.early.query('SELECT pg_current_xact_id()::text::bigint AS xid');
  await add(clients.late, 'late');
  const first = await readChanges(reading, FROM_THE_BEGINNING);
  expect(found()).toEqual(['late']);
  // The heartbeat must not claim what is not applied.
  expect(BigInt(first)).toBeLessThanOrEqual(BigInt(rows[0].xid));

  await clients.early.query('COMMIT');
  const second = await readChanges(reading, first);
  expect(found()).toEqual(['early', 'late']);
  expect(BigInt(second)).toBeGreaterThan(BigInt(rows[0].xid));
});

test('a full read forgets what is gone', async () => {
  const snapshot = new Snapshot();
  const reading = { client: clients.relay, vault, snapshot, accessTokens, log: pino({ level: 'silent' }) };
  await add(clients.late, 'gone');
  await readChanges(reading, FROM_THE_BEGINNING);
  expect(snapshot.findRoute(organizationId, 'gone')).toBeDefined();
  await clients.late.query(`DELETE FROM agent WHERE name = 'gone'`);
  await readChanges(reading, FROM_THE_BEGINNING);
  expect(snapshot.findRoute(organizationId, 'gone')).toBeUndefined();
});

test('a plan’s use is of the month that calls are counted in, though Postgres’ clock stands in another', async () => {
  const snapshot = new Snapshot();
  const reading = { client: clients.relay, vault, snapshot, accessTokens, log: pino({ level: 'silent' }) };
  await clients.early.query('INSERT INTO plan (organization_id, requests_per_month) VALUES ($1, 10)', [organizationId]);
  await clients.early.query(
    `INSERT INTO plan_use (organization_id, month, requests)
     VALUES ($1, date_trunc('month', now() AT TIME ZONE 'UTC'), 1), ($1, '2025-02-01', 2)`,
    [organizationId],
  );
  const clock = jest.spyOn(Date, 'now').mockReturnValue(Date.parse('2025-02-28T23:59:59.999Z'));
  try {
    await readChanges(reading, FROM_THE_BEGINNING);
  } finally {
    clock.mockRestore();
  }
  expect(snapshot.plans.use(organizationId, '2025-02').calls).toBe(2);
});
