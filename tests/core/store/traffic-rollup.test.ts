import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import fc from 'fast-check';
import pg from 'pg';
import { HOUR_MS, MINUTE_MS } from '../../../core/domain/times.ts';
import { type JobsDatabase, openJobsDatabase } from '../../../core/store/jobs-database.ts';
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

const BUCKET = 'CASE WHEN latency_ms < 1 THEN 0 ELSE 1 + ceil(ln(latency_ms::float8) / ln(1.1::float8)) END';

/** What a span's traffic is by plain SQL over the rows themselves: it shares nothing with the product's counting. */
const recount = (unit: string, since: string) => `
  WITH spans AS (SELECT *, date_trunc('${unit}', time, 'UTC') AS span, coalesce(error_code, '') AS code,
      ${BUCKET} AS bucket
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

const HISTOGRAM = `(SELECT string_agg(bucket || ':' || calls, ' ' ORDER BY bucket)
  FROM unnest(latency_buckets, latency_counts) AS latency (bucket, calls)) AS latencies`;

const stored = (table: string) => `
  SELECT time, organization_id, agent_id, agent_key_id, status, error_code, requests, bytes_in, bytes_out, spend_micros,
    retries, ${HISTOGRAM}
  FROM ${table} ORDER BY 1, 3, 4, 5, 6`;

const RECOUNTED_LATENCIES = `
  SELECT span AS time, organization_id, agent_id, string_agg(bucket || ':' || calls, ' ' ORDER BY bucket) AS latencies
  FROM (SELECT date_trunc('day', time, 'UTC') AS span, organization_id, agent_id, count(*) AS calls, ${BUCKET} AS bucket
    FROM request_log GROUP BY 1, 2, 3, 5) AS buckets GROUP BY 1, 2, 3 ORDER BY 1, 3`;
const STORED_LATENCIES = `SELECT time, organization_id, agent_id, ${HISTOGRAM} FROM traffic_day_latency ORDER BY 1, 3`;

async function inText(query: string): Promise<string[]> {
  const { rows } = await sql.query(query);
  return rows.map((row) => JSON.stringify(Object.values(row).map(String)));
}

async function expectEqual(table: string, unit: string, since = "'-infinity'"): Promise<void> {
  expect(await inText(stored(table))).toEqual(await inText(recount(unit, since)));
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
      expect(await inText(STORED_LATENCIES)).toEqual(await inText(RECOUNTED_LATENCIES));
      await expectEqual('traffic_minute', 'minute', '(SELECT minutes_from FROM traffic_watermark)');
    }),
    // A failing run is told as it is: making it smaller takes minutes.
    { numRuns: 25, endOnFailure: true },
  );
});

test('a sum beyond its column keeps no calls out: it stays at the largest', async () => {
  await sql.query(FORGET_TRAFFIC);
  const { organizationId, agentId } = requestLogRow();
  const hour = Date.now() - (Date.now() % HOUR_MS) - HOUR_MS;
  for (const time of [hour, hour, hour, hour + MINUTE_MS]) {
    const rows = [requestLogRow({ organizationId, agentId, time, spendMicros: 2 ** 62 }), requestLogRow({ time })];
    await sendLine(writers[0] as pg.Client, [{ rows, repeats: false }]);
  }
  await jobs.logs.rollUpTraffic(onProgress);
  for (const table of ['traffic_hour', 'traffic_day']) {
    const { rows } = await sql.query(
      `SELECT count(*)::int AS agents, sum(requests)::int AS calls, max(spend_micros) AS most FROM ${table}`,
    );
    expect(rows).toEqual([{ agents: 5, calls: 8, most: String(2n ** 63n - 1n) }]);
  }
});

test('merged latencies of days that were there before them are what the job makes', async () => {
  await sql.query(FORGET_TRAFFIC);
  await sendLine(writers[0] as pg.Client, fc.sample(line, 5).flat());
  await sendLine(writers[1] as pg.Client, [{ rows: [requestLogRow(), requestLogRow()], repeats: false }]);
  await jobs.logs.rollUpTraffic(onProgress);
  const made = await inText(STORED_LATENCIES);
  const migrations = join(import.meta.dirname, '../../../prisma/migrations');
  const owner = new pg.Client({ connectionString: database.urls.owner });
  await owner.connect();
  await owner.query('DROP TABLE traffic_day_latency');
  await owner.query(await readFile(join(migrations, '0024_day_latency/migration.sql'), 'utf8'));
  await owner.end();
  expect(await inText(STORED_LATENCIES)).toEqual(made);
  expect(new Set(made.map((row) => JSON.parse(row)[1])).size).toBe(3);
});

test.each(['traffic_minute', 'traffic_hour', 'traffic_day', 'traffic_day_latency'])(
  'invariant 7: an organization sees its own traffic only: %s',
  async (table) => {
    await sql.query(FORGET_TRAFFIC);
    const mine = requestLogRow();
    await sendLine(writers[0] as pg.Client, [{ rows: [mine, requestLogRow()], repeats: false }]);
    await jobs.logs.rollUpTraffic(onProgress);
    const app = new pg.Client({ connectionString: database.urls.app });
    await app.connect();
    await app.query("SELECT set_config('app.organization_id', $1, false)", [mine.organizationId]);
    const { rows } = await app.query(`SELECT agent_id FROM ${table}`);
    await app.end();
    expect(rows).toEqual([{ agent_id: mine.agentId }]);
  },
);
