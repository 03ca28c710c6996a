import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import pg from 'pg';
import { DAY_MS } from '../../../core/domain/times.ts';
import { RequestLogUpload } from '../../../core/store/request-log-upload.ts';
import { startTestDatabase, type TestDatabase } from '../../servers/database.ts';
import { requestLogRow } from './request-log-rows.ts';

const ROWS = 120_000;
const BATCH_ROWS = 5_000;
const PATHS = [
  '/v1/chat/completions',
  '/v1/customers/***',
  '/crm/v3/objects/contacts',
  '/v1/charges',
  '/v1/embeddings',
];

const ORGANIZATION = randomUUID();

let database: TestDatabase;
let sql: pg.Client;
let writer: pg.Client;
beforeAll(async () => {
  database = await startTestDatabase();
  [sql, writer] = [database.urls.superuser, database.urls.logWriter].map(
    (connectionString) => new pg.Client({ connectionString }),
  ) as [pg.Client, pg.Client];
  await Promise.all([sql.connect(), writer.connect()]);
});
afterAll(async () => {
  await Promise.all([sql.end(), writer.end()]);
  await database.stop();
});

/** 36 agents of one organization, evenly over a day: as few rows share an index key as with 200 agents and 667,000 calls. */
function batchAt(
  day: number,
  from: number,
  agents: { agentId: string; agentKeyId: string }[],
  spendMicros: number | null,
) {
  return Array.from({ length: BATCH_ROWS }, (_, i) =>
    requestLogRow({
      ...agents[(i * 7) % agents.length],
      organizationId: ORGANIZATION,
      time: day + Math.floor(((from + i) * DAY_MS) / ROWS),
      method: 'POST',
      path: PATHS[i % PATHS.length] as string,
      status: i % 50 === 0 ? 503 : 200,
      upstreamLatencyMs: 11,
      bytesIn: 200,
      bytesOut: 1_024,
      spendMicros,
    }),
  );
}
test.each([
  ['without a price', 0, null],
  ['with one', 1, 1_000],
])('a row takes at most 200 bytes on disk, indexes included, %s', async (_, daysAgo, spendMicros) => {
  const day = (Math.floor(Date.now() / DAY_MS) - daysAgo) * DAY_MS;
  const agents = Array.from({ length: 36 }, () => ({ agentId: randomUUID(), agentKeyId: randomUUID() }));
  const [upload, writerId] = [new RequestLogUpload(), randomUUID()];
  for (let from = 0; from < ROWS; from += BATCH_ROWS) {
    await upload.write(writer, writerId, [{ number: from + 1, rows: batchAt(day, from, agents, spendMicros) }]);
  }
  const partition = `request_log_${new Date(day).toISOString().slice(0, 10).replaceAll('-', '')}`;
  const { rows } = await sql.query(
    `SELECT (pg_relation_size($1) + pg_indexes_size($1)) / count(*)::float AS bytes FROM request_log WHERE time >= $2 AND time < $2 + interval '1 day'`,
    [partition, new Date(day)],
  );
  expect(rows[0].bytes).toBeLessThanOrEqual(200);
});
