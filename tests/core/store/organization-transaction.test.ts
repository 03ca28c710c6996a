import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { openDatabase } from '../../../core/store/database.ts';
import { Prisma } from '../../../core/store/generated/client.ts';
import { type TestDependencies, testDependencies } from '../../servers/dependencies.ts';
import { seedAgent, seedCaller } from '../../servers/seed.ts';

let made: TestDependencies;
beforeAll(async () => {
  made = await testDependencies();
});
afterAll(() => made?.stop());

test('invariant 7: a look-up sees no organization, also on a connection that has just served one', async () => {
  const narrow = openDatabase(made.testDatabase.urls.app, { connections: 1 });
  try {
    const { organizationId } = await seedCaller(narrow);
    await seedAgent(narrow, organizationId);
    const own = await narrow.inOrganization(organizationId, (transaction) => transaction.agent.count());
    const [seen] = await narrow.lookUp<{ agents: number }>(Prisma.sql`SELECT count(*)::int AS agents FROM agent`);
    expect([own, seen?.agents]).toEqual([1, 0]);
  } finally {
    await narrow.close();
  }
});

test('invariant 7: transactions at the same time each know and see their own organization', async () => {
  const { database } = made.dependencies;
  const callers = await Promise.all(Array.from({ length: 4 }, () => seedCaller(database)));
  const [first] = callers;
  await seedAgent(database, first?.organizationId ?? '');
  const seen = await Promise.all(
    callers.map(({ organizationId }) =>
      database.inOrganization(organizationId, async (transaction) => {
        // Long enough for all of them to be open together.
        await transaction.$queryRaw`SELECT pg_sleep(0.1)::text`;
        return { id: transaction.organizationId, agents: await transaction.agent.count() };
      }),
    ),
  );
  expect(seen).toEqual(callers.map(({ organizationId: id }, index) => ({ id, agents: index === 0 ? 1 : 0 })));
});
