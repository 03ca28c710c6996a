import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { forApps } from '../../../core/store/app-share.ts';
import { createFairGate } from '../../../core/store/fair-gate.ts';
import { type TestDependencies, testDependencies } from '../../servers/dependencies.ts';
import { seedCaller } from '../../servers/seed.ts';

let stack: TestDependencies;
beforeAll(async () => {
  stack = await testDependencies();
});
afterAll(() => stack?.stop());

/** Work that goes on until it is let go. */
function heldWork() {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { work: () => promise, letGo: resolve };
}

test('an organization that holds all it may have of the database keeps none from another', async () => {
  const { database } = stack.dependencies;
  const [noisy, quiet] = [await seedCaller(database), await seedCaller(database)];
  const held = heldWork();
  const flood = Array.from({ length: 12 }, () => database.inOrganization(noisy.organizationId, held.work));
  await expect(database.inOrganization(quiet.organizationId, async () => 'answered')).resolves.toBe('answered');
  await expect(database.inInstance(async () => 'answered')).resolves.toBe('answered');
  held.letGo();
  await Promise.all(flood);
});

test('a queue that does not move is refused with when to come back, and one that moves keeps its order', async () => {
  const gate = createFairGate({ atOnce: 1, longestWaitMs: 20 });
  const held = heldWork();
  const first = gate.through('a', held.work);
  await expect(gate.through('a', async () => undefined)).rejects.toMatchObject({
    code: 'rate_limited',
    retryAfterSeconds: 1,
  });
  const order: number[] = [];
  const others = [1, 2, 3].map((n) => gate.through('a', async () => order.push(n)));
  held.letGo();
  await Promise.all([first, ...others]);
  expect(order).toEqual([1, 2, 3]);
});

test('work that fails gives its place back', async () => {
  const gate = createFairGate({ atOnce: 1, longestWaitMs: 20 });
  for (let n = 0; n < 3; n += 1) {
    const failing = gate.through('a', () => Promise.reject(new Error('fault')));
    await expect(failing).rejects.toThrow('fault');
  }
  await expect(gate.through('a', async () => 'through')).resolves.toBe('through');
});

test('an app’s flood holds up neither the person who ends it nor the system, and its own calls wait their turn', async () => {
  const { database } = stack.dependencies;
  const { organizationId } = await seedCaller(database);
  const held = heldWork();
  const ofApps = forApps(database);
  const itsShare = Promise.withResolvers<void>();
  let begun = 0;
  const flood = Array.from({ length: 12 }, () =>
    ofApps.inOrganization(organizationId, () => {
      begun += 1;
      if (begun === 2) itsShare.resolve();
      return held.work();
    }),
  );
  const byPeople = [1, 2, 3].map((n) => database.inOrganization(organizationId, async () => n));
  expect(await Promise.all(byPeople)).toEqual([1, 2, 3]);
  await itsShare.promise;
  expect(begun).toBe(2);
  held.letGo();
  await Promise.all(flood);
  expect(begun).toBe(12);
});
