import { setTimeout as pause } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { openDatabase } from '../../core/store/database.ts';
import { startTestDatabase } from '../servers/database.ts';

test('a query of one organization that takes too long gives its connection back to the others', async () => {
  const testDatabase = await startTestDatabase();
  const database = openDatabase(testDatabase.urls.app, { connections: 1 });
  try {
    const slow = database.inInstance((transaction) => transaction.$queryRaw`SELECT pg_sleep(12)`).catch((e) => e.code);
    await pause(6_000);
    const other = await database.inInstance((transaction) => transaction.$queryRaw`SELECT 1`).catch((e) => e.code);
    expect(other).toHaveLength(1);
    await slow;
  } finally {
    await database.close().catch(() => undefined);
    await testDatabase.stop();
  }
}, 40_000);
