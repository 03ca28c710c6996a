import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { call } from '../core/operations/call.ts';
import { type TestDependencies, testDependencies } from '../servers/dependencies.ts';
import { seedCaller } from '../servers/seed.ts';

let stack: TestDependencies;
beforeAll(async () => {
  stack = await testDependencies();
});
afterAll(() => stack?.stop());

test('one organization’s flood of requests does not refuse another’s', async () => {
  const { dependencies } = stack;
  const [noisy, quiet] = [await seedCaller(dependencies.database), await seedCaller(dependencies.database)];
  const flood = Promise.allSettled(
    Array.from({ length: 1_500 }, (_, n) => call(dependencies, noisy, 'create_credential', { name: `n${n}` })),
  );
  await pause(50);
  const answer = await call(dependencies, quiet, 'list_agents').then(
    () => 'answered',
    (error: { code: string }) => error.code,
  );
  await flood;
  expect(answer).toBe('answered');
}, 60_000);
