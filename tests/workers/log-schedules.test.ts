import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import pg from 'pg';
import { createLogKeepingActivities } from '../../activities/log-keeping.ts';
import { type JobsDatabase, openJobsDatabase } from '../../core/store/jobs-database.ts';
import { RequestLogUpload } from '../../core/store/request-log-upload.ts';
import { ensureSchedules } from '../../workers/schedules.ts';
import { requestLogRow } from '../core/store/request-log-rows.ts';
import { runTestWorker } from '../servers/control-worker.ts';
import { startTestDatabase, type TestDatabase } from '../servers/database.ts';
import { runSchedule } from '../servers/run-schedule.ts';
import { startTestTemporal, type TestTemporal } from '../servers/temporal.ts';

let database: TestDatabase;
let sql: pg.Client;
let jobs: JobsDatabase;
let temporal: TestTemporal;
let worker: Awaited<ReturnType<typeof runTestWorker>>;

beforeAll(async () => {
  database = await startTestDatabase();
  sql = new pg.Client({ connectionString: database.urls.superuser });
  await sql.connect();
  jobs = openJobsDatabase(database.urls.jobs);
  temporal = await startTestTemporal({});
  const { client, nativeConnection: connection } = temporal;
  const activities = createLogKeepingActivities(jobs);
  worker = await runTestWorker({ connection, client, dataConverter: undefined, activities });
});
afterAll(async () => {
  await worker?.stop();
  await temporal?.stop();
  await jobs?.close();
  await sql?.end();
  await database?.stop();
});

test('the schedules are made once, and their runs roll traffic up and make the log’s days ahead', async () => {
  await ensureSchedules(temporal.client);
  await ensureSchedules(temporal.client);
  const client = new pg.Client({ connectionString: database.urls.logWriter });
  await client.connect();
  await new RequestLogUpload().write(client, randomUUID(), [{ number: 1, rows: [requestLogRow(), requestLogRow()] }]);
  await client.end();
  await runSchedule(temporal.client, 'traffic-rollup');
  await runSchedule(temporal.client, 'log-retention');
  const { rows } = await sql.query(
    `SELECT (SELECT sum(requests)::int FROM traffic_hour) AS hours, (SELECT sum(requests)::int FROM traffic_day) AS days,
       (SELECT count(*)::int FROM request_log_days() AS day WHERE day >= (now() AT TIME ZONE 'UTC')::date) AS partitions`,
  );
  expect(rows).toEqual([{ hours: 2, days: 2, partitions: 8 }]);
});
