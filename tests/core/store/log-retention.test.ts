import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import pg from 'pg';
import { DAY_MS } from '../../../core/domain/times.ts';
import { type JobsDatabase, openJobsDatabase } from '../../../core/store/jobs-database.ts';
import { RequestLogUpload } from '../../../core/store/request-log-upload.ts';
import { startTestDatabase, type TestDatabase } from '../../servers/database.ts';
import { requestLogRow } from './request-log-rows.ts';

let database: TestDatabase;
let sql: pg.Client;
let writer: pg.Client;
let jobs: JobsDatabase;
const onProgress = () => {};

beforeAll(async () => {
  database = await startTestDatabase();
  [sql, writer] = [database.urls.superuser, database.urls.logWriter].map(
    (connectionString) => new pg.Client({ connectionString }),
  ) as [pg.Client, pg.Client];
  await Promise.all([sql.connect(), writer.connect()]);
  jobs = openJobsDatabase(database.urls.jobs);
});

beforeEach(() => sql.query('DELETE FROM plan; DELETE FROM organization; TRUNCATE request_log'));

afterAll(async () => {
  await Promise.all([sql.end(), writer.end(), jobs.close()]);
  await database.stop();
});

async function addOrganization(retentionDays: number | null): Promise<string> {
  const id = randomUUID();
  await sql.query("INSERT INTO organization (id, name) VALUES ($1, 'Acme')", [id]);
  if (retentionDays !== null) {
    await sql.query('INSERT INTO plan (organization_id, retention_days) VALUES ($1, $2)', [id, retentionDays]);
  }
  return id;
}

async function writeCalls(organizationId: string, daysAgo: number[]): Promise<void> {
  const rows = daysAgo.map((days) => requestLogRow({ organizationId, time: Date.now() - days * DAY_MS }));
  await new RequestLogUpload().write(writer, randomUUID(), [{ number: 1, rows }]);
}

const daysLeft = async (organizationId: string) => {
  const { rows } = await sql.query(
    'SELECT round(extract(epoch FROM now() - time) / 86400, 1)::float AS days FROM request_log WHERE organization_id = $1 ORDER BY time DESC',
    [organizationId],
  );
  return rows.map(({ days }) => days);
};
const partitions = async () => (await sql.query('SELECT day::text FROM request_log_days() AS day ORDER BY day')).rows;
const dayOf = (daysAgo: number) => new Date(Date.now() - daysAgo * DAY_MS).toISOString().slice(0, 10);

test('logs go when their organization’s plan no longer keeps them, and not before', async () => {
  const [short, usual, long] = [await addOrganization(2), await addOrganization(null), await addOrganization(40)];
  for (const id of [short, usual, long]) await writeCalls(id, [0, 1.9, 2.1, 29.9, 30.1, 39.9, 42]);
  await jobs.logs.dropExpiredDays(onProgress);
  await jobs.logs.deleteExpired(onProgress);
  expect(await daysLeft(short)).toEqual([0, 1.9]);
  expect(await daysLeft(usual)).toEqual([0, 1.9, 2.1, 29.9]);
  expect(await daysLeft(long)).toEqual([0, 1.9, 2.1, 29.9, 30.1, 39.9]);
  expect((await partitions()).map(({ day }) => day)).not.toContain(dayOf(42));
});

test('the database itself refuses to drop a day that a plan keeps, and to show or delete logs that are kept', async () => {
  const organizationId = await addOrganization(40);
  await writeCalls(organizationId, [39]);
  const client = new pg.Client({ connectionString: database.urls.jobs });
  await client.connect();
  await expect(client.query('SELECT drop_request_log_partition($1)', [dayOf(39)])).rejects.toThrow('is still kept');
  const { rowCount } = await client.query('DELETE FROM request_log WHERE organization_id = $1', [organizationId]);
  await client.end();
  expect([rowCount, await daysLeft(organizationId)]).toEqual([0, [39]]);
});

test('the days to come have their partitions', async () => {
  await jobs.logs.makePartitionsAhead();
  const days = (await partitions()).map(({ day }) => day);
  expect(days).toEqual(expect.arrayContaining([0, -1, -2, -3, -4, -5, -6, -7].map(dayOf)));
});

test('a writer is forgotten once none of its batches would be taken again, and not before', async () => {
  await sql.query('TRUNCATE request_log_writer');
  const add = `INSERT INTO request_log_writer (id, last_batch, written_at) VALUES ($1, 7, now() - make_interval(days => $2))`;
  const [late, forgotten] = [randomUUID(), randomUUID()];
  await sql.query(add, [late, 399]);
  await sql.query(add, [forgotten, 401]);
  await jobs.logs.dropExpiredDays(onProgress);
  const { rows } = await sql.query('SELECT id FROM request_log_writer');
  expect(rows).toEqual([{ id: late }]);
});
