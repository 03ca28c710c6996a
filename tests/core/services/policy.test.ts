import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { changePolicy, readPolicy } from '../../../core/services/approvals.ts';
import { type TestDependencies, testDependencies } from '../../servers/dependencies.ts';
import { untilLocksAreWaitedFor } from '../../servers/lock-waits.ts';
import { seedCaller } from '../../servers/seed.ts';

let world: TestDependencies;
beforeAll(async () => {
  world = await testDependencies();
});
afterAll(() => world.stop());

test('the approval policy keeps what each of two admins changes at once', async () => {
  const { database } = world.dependencies;
  const { organizationId } = await seedCaller(database);
  const within = database.inOrganization.bind(null, organizationId);
  const [changed, released] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const slow = within(async (transaction) => {
    await changePolicy(transaction, { require_approval: { delete: true } });
    changed.resolve();
    await released.promise;
  });
  await changed.promise;
  const other = within((transaction) => changePolicy(transaction, { second_person: true }));
  await untilLocksAreWaitedFor(database);
  released.resolve();
  await Promise.all([slow, other]);
  expect(await within(readPolicy)).toEqual({
    require_approval: { rotate: false, delete: true, send: false },
    second_person: true,
  });
});
