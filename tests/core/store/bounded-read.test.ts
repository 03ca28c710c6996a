import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { boundedRead } from '../../../core/store/bounded-read.ts';
import { type Database, openDatabase } from '../../../core/store/database.ts';
import { startTestDatabase, type TestDatabase } from '../../servers/database.ts';

let testDatabase: TestDatabase;
let database: Database;
beforeAll(async () => {
  testDatabase = await startTestDatabase();
  database = openDatabase(testDatabase.urls.app);
});
afterAll(async () => {
  await database.close();
  await testDatabase.stop();
});

test('a question that is too much ends after 3 s, and the answer says to ask for less', async () => {
  const startedAt = performance.now();
  const answer = database.inOrganization(randomUUID(), (transaction) =>
    boundedRead(transaction, () => transaction.$queryRaw`SELECT pg_sleep(4.5)::text`),
  );
  await expect(answer).rejects.toMatchObject({
    code: 'database_unavailable',
    detail: expect.stringContaining('Ask for a shorter time'),
  });
  expect(performance.now() - startedAt).toBeLessThan(4_400);
});
