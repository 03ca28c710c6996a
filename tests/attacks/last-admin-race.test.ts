import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { changeRole, findMember, removeMember } from '../../core/services/members.ts';
import { type TestDependencies, testDependencies } from '../servers/dependencies.ts';
import { seedCaller } from '../servers/seed.ts';

let stack: TestDependencies;
beforeAll(async () => {
  stack = await testDependencies();
});
afterAll(() => stack?.stop());

test.each(['demoted', 'removed'])('an admin stays, also when a manager is promoted while being %s', async (how) => {
  const { database } = stack.dependencies;
  const [first, other] = [await seedCaller(database), await seedCaller(database)];
  const { organizationId } = first;
  const within = database.inOrganization.bind(null, organizationId);
  await within((transaction) =>
    transaction.membership.create({ data: { organizationId, personId: other.person.id, role: 'manager' } }),
  );
  const [read, go] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const slow = within(async (transaction) => {
    const member = await findMember(transaction, other.person.id);
    read.resolve();
    await go.promise;
    if (how === 'demoted') await changeRole(transaction, member, 'operator');
    else await removeMember(transaction, member);
  });
  await read.promise;
  await within(async (transaction) => {
    await changeRole(transaction, await findMember(transaction, other.person.id), 'admin');
  });
  await within(async (transaction) => {
    await changeRole(transaction, await findMember(transaction, first.person.id), 'operator');
  });
  go.resolve();
  await slow.catch(() => undefined);
  const admins = await within((transaction) => transaction.membership.count({ where: { role: 'admin' } }));
  expect(admins).toBeGreaterThan(0);
});
