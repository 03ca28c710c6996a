import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import pg from 'pg';
import { listRequestLogs, type RequestLogListing } from '../../../core/services/request-logs.ts';
import { type Database, openDatabase } from '../../../core/store/database.ts';
import type { RequestLogRow } from '../../../core/store/request-log-row.ts';
import { RequestLogUpload } from '../../../core/store/request-log-upload.ts';
import { startTestDatabase, type TestDatabase } from '../../servers/database.ts';
import { requestLogRow } from '../store/request-log-rows.ts';

const organizationId = randomUUID();
const agentId = randomUUID();
const now = Date.now();
let testDatabase: TestDatabase;
let database: Database;
let rows: RequestLogRow[];

/** A burst in one second, many calls in one millisecond, and single ones over three hours. */
beforeAll(async () => {
  testDatabase = await startTestDatabase();
  database = openDatabase(testDatabase.urls.app);
  const times = [
    ...Array.from({ length: 130 }, (_, i) => now - i * 6),
    ...Array.from({ length: 60 }, () => now - 1_800_000),
    ...Array.from({ length: 100 }, (_, i) => now - i * 108_000),
  ];
  rows = times.map((time, i) =>
    requestLogRow({ organizationId, time, status: i % 9 === 0 ? 503 : 200, ...(i % 3 === 0 && { agentId }) }),
  );
  const writer = new pg.Client({ connectionString: testDatabase.urls.logWriter });
  await writer.connect();
  await new RequestLogUpload().write(writer, randomUUID(), [
    { number: 1, rows: [...rows, requestLogRow({ time: now })] },
  ]);
  await writer.end();
});
afterAll(async () => {
  await database.close();
  await testDatabase.stop();
});

async function listAll(given: Partial<RequestLogListing>): Promise<string[]> {
  const ids: string[] = [];
  for (let cursor: string | undefined; ; ) {
    const page = await database.inOrganization(organizationId, (transaction) =>
      listRequestLogs(transaction, { since: new Date(0), limit: 40, cursor, ...given }),
    );
    ids.push(...page.items.map(({ id }) => id));
    if (page.next_cursor === null) return ids;
    cursor = page.next_cursor;
  }
}

/** What a listing must give, by sorting in memory. */
const expected = (matches: (row: RequestLogRow) => boolean) =>
  rows
    .filter(matches)
    .sort((one, other) => other.time - one.time || (one.id < other.id ? 1 : -1))
    .map(({ id }) => id);

test.each<[string, Partial<RequestLogListing>, (row: RequestLogRow) => boolean]>([
  ['all', {}, () => true],
  ['of one agent', { agentId }, (row) => row.agentId === agentId],
  ['failures', { status: { from: 500, to: 599 } }, (row) => row.status === 503],
  [
    'successes of one agent',
    { agentId, status: { from: 200, to: 200 } },
    (row) => row.agentId === agentId && row.status === 200,
  ],
  [
    'of a time range',
    { since: new Date(now - 5_000_000), until: new Date(now - 300) },
    (row) => row.time >= now - 5_000_000 && row.time < now - 300,
  ],
])('page by page each call comes once, the newest first: %s', async (_, listing, matches) => {
  expect(await listAll(listing)).toEqual(expected(matches));
});
