import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import fc from 'fast-check';
import pg from 'pg';
import { type JobsDatabase, openJobsDatabase } from '../../../core/store/jobs-database.ts';
import { RequestLogUpload } from '../../../core/store/request-log-upload.ts';
import { startTestDatabase, type TestDatabase } from '../../servers/database.ts';
import { requestLogRow } from './request-log-rows.ts';
import { FORGET_TRAFFIC, line, sendLine } from './traffic-batches.ts';

let database: TestDatabase;
let sql: pg.Client;
let jobs: JobsDatabase;
let writers: pg.Client[];

beforeAll(async () => {
  database = await startTestDatabase();
  const connect = async (connectionString: string) => {
    const client = new pg.Client({ connectionString });
    await client.connect();
    return client;
  };
  sql = await connect(database.urls.superuser);
  writers = await Promise.all([1, 2].map(() => connect(database.urls.logWriter)));
  jobs = openJobsDatabase(database.urls.jobs);
});

afterAll(async () => {
  await Promise.all([...writers, sql].map((client) => client.end()));
  await jobs.close();
  await database.stop();
});

const onProgress = () => {};

/** What a span's traffic is by plain SQL over the rows themselves: it shares nothing with the product's counting. */
const recount = (unit: string, since: string) => `
  WITH spans AS (SELECT *, date_trunc('${unit}', time, 'UTC') AS span, coalesce(error_code, '') AS code,
      CASE WHEN latency_ms < 1 THEN 0 ELSE 1 + ceil(ln(latency_ms::float8) / ln(1.1::float8)) END AS bucket
    FROM request_log WHERE time >= ${since}),
  latencies AS (SELECT span, agent_id, agent_key_id, status, code, bucket, count(*) AS calls
    FROM spans GROUP BY 1, 2, 3, 4, 5, 6)
  SELECT span AS time, organization_id, agent_id, agent_key_id, status, code AS error_code,
    count(*) AS requests, sum(bytes_in) AS bytes_in, sum(bytes_out) AS bytes_out, sum(coalesce(spend_micros, 0)) AS spend_micros,
    sum(retry_count) AS retries,
    (SELECT string_agg(l.bucket || ':' || l.calls, ' ' ORDER BY l.bucket) FROM latencies l
      WHERE (l.span, l.agent_id, l.agent_key_id, l.status) = (s.span, s.agent_id, s.agent_key_id, s.status)
        AND l.code = s.code) AS latencies
  FROM spans s GROUP BY span, organization_id, agent_id, agent_key_id, status, s.code ORDER BY 1, 3, 4, 5, 6`;

const stored = (table: string) => `
  SELECT time, organization_id, agent_id, agent_key_id, status, error_code, requests, bytes_in, bytes_out, spend_micros,
    retries, (SELECT string_agg(bucket || ':' || calls, ' ' ORDER BY bucket)
      FROM unnest(latency_buckets, latency_counts) AS latency (bucket, calls)) AS latencies
  FROM ${table} ORDER BY 1, 3, 4, 5, 6`;

async function expectEqual(table: string, unit: string, since = "'-infinity'"): Promise<void> {
  const inText = (rows: object[]) => rows.map((row) => JSON.stringify(Object.values(row).map(String)));
  const [kept, counted] = [await sql.query(stored(table)), await sql.query(recount(unit, since))];
  expect(inText(kept.rows)).toEqual(inText(counted.rows));
}

test('rollups equal a plain recount of the rows, with late and repeated batches, while hours are made', async () => {
  await fc.assert(
    fc.asyncProperty(line, line, fc.nat(3), async (one, other, rollUps) => {
      await sql.query(FORGET_TRAFFIC);
      await jobs.logs.forgetOldTraffic();
      const roll = async () => {
        for (let i = 0; i < rollUps; i += 1) {
          await jobs.logs.rollUpTraffic(onProgress);
          await jobs.logs.forgetOldTraffic();
        }
      };
      const ends = await Promise.allSettled([
        sendLine(writers[0] as pg.Client, one),
        sendLine(writers[1] as pg.Client, other),
        roll(),
      ]);
      expect(ends.filter(({ status }) => status === 'rejected')).toEqual([]);
      await jobs.logs.rollUpTraffic(onProgress);

      const rowCount = [...one, ...other].reduce((sum, { rows }) => sum + rows.length, 0);
      expect((await sql.query('SELECT count(*)::int AS rows FROM request_log')).rows).toEqual([{ rows: rowCount }]);
      await expectEqual('traffic_hour', 'hour');
      await expectEqual('traffic_day', 'day');
      await expectEqual('traffic_minute', 'minute', '(SELECT minutes_from FROM traffic_watermark)');
    }),
    // A failing run is told as it is: making it smaller takes minutes.
    { numRuns: 25, endOnFailure: true },
  );
});

test('invariant 7: an organization sees its own traffic only', async () => {
  await sql.query('TRUNCATE traffic_minute');
  const mine = requestLogRow();
  await new RequestLogUpload().write(writers[0] as pg.Client, randomUUID(), [
    { number: 1, rows: [mine, requestLogRow()] },
  ]);
  const app = new pg.Client({ connectionString: database.urls.app });
  await app.connect();
  await app.query("SELECT set_config('app.organization_id', $1, false)", [mine.organizationId]);
  const { rows } = await app.query('SELECT agent_id FROM traffic_minute');
  await app.end();
  expect(rows).toEqual([{ agent_id: mine.agentId }]);
});
