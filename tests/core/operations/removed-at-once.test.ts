import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Caller } from '../../../core/domain/caller.ts';
import { type TestDependencies, testDependencies } from '../../servers/dependencies.ts';
import { seedCaller } from '../../servers/seed.ts';
import { call } from './call.ts';

let stack: TestDependencies;
let admin: Caller;
beforeAll(async () => {
  stack = await testDependencies();
  admin = await seedCaller(stack.dependencies.database, 'admin');
});
afterAll(() => stack?.stop());

const as = (name: string, input: unknown) => call(stack.dependencies, admin, name, input);
const statusOf = (work: Promise<unknown>) =>
  work.then(
    () => 200,
    (error: { status?: number }) => error.status ?? 500,
  );

test('the same thing taken away several times at once is never our fault', async () => {
  const { database } = stack.dependencies;
  for (let round = 0; round < 5; round++) {
    const n = `n${round}`;
    await as('create_agent', { name: n, upstream_url: 'a.test' });
    await as('create_credential', { name: n, value: 'sk_live_0123456789abcdefghij', allowed_hosts: ['a.test'] });
    await as('link_credential', { agent: n, credential: n });
    const member = (await seedCaller(database)).person;
    await database.inOrganization(admin.organizationId, (transaction) =>
      transaction.membership.create({
        data: { organizationId: admin.organizationId, personId: member.id, role: 'operator' },
      }),
    );
    for (const [name, input] of [
      ['unlink_credential', { agent: n, credential: n }],
      ['remove_member', { member: member.id }],
    ] as const) {
      const statuses = await Promise.all([1, 2, 3, 4].map(() => statusOf(as(name, input))));
      expect({ name, statuses: statuses.filter((status) => status >= 500) }).toEqual({ name, statuses: [] });
    }
  }
});
