import { expect, test } from '@jest/globals';
import { killRelays } from './kill-relay.ts';

test('over kills at any moment, with Postgres up, away or flapping, each answered durable call is on record once', async () => {
  const { answered, rows, ...faults } = await killRelays(7, 8);
  expect(answered).toBeGreaterThan(200);
  expect(rows).toBeGreaterThanOrEqual(answered);
  expect(faults).toEqual({ missing: 0, doubles: 0, counted: rows, foldersLeft: 0 });
});
