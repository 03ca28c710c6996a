import { expect, test } from '@jest/globals';
import { killRelays } from './kill-relay.ts';

test.each([1, 2, 3, 4, 5])(
  'over 60 kills (seed %i) each answered durable call is on record once',
  async (seed) => {
    const { answered, rows, ...faults } = await killRelays(seed, 60);
    process.stderr.write(`seed ${seed}: ${answered} answered, ${rows} rows, ${JSON.stringify(faults)}\n`);
    expect(answered).toBeGreaterThan(1_000);
    expect(faults).toEqual({ missing: 0, doubles: 0, counted: rows, foldersLeft: 0 });
  },
  600_000,
);
