import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Caller } from '../../core/domain/caller.ts';
import { acceptInvitation, findInvitation } from '../../core/services/invitations.ts';
import { call } from '../core/operations/call.ts';
import { type TestDependencies, testDependencies } from '../servers/dependencies.ts';
import { seedCaller } from '../servers/seed.ts';

let stack: TestDependencies;
beforeAll(async () => {
  stack = await testDependencies();
});
afterAll(() => stack?.stop());

async function twoAdmins(): Promise<[Caller, Caller]> {
  const { database } = stack.dependencies;
  const [first, newcomer] = [await seedCaller(database), await seedCaller(database)];
  const { organizationId, organizationName } = first;
  await database.inOrganization(organizationId, (transaction) =>
    transaction.membership.create({ data: { organizationId, personId: newcomer.person.id, role: 'admin' } }),
  );
  return [first, { ...newcomer, organizationId, organizationName }];
}

test.each([
  ['removed', 'remove_member', {}],
  ['made an operator', 'update_member', { role: 'operator' }],
])('an admin who was %s cannot come back as admin by an invitation made before', async (_what, operation, more) => {
  const { dependencies } = stack;
  const [admin, leaver] = await twoAdmins();
  const { url } = await call(dependencies, leaver, 'create_invitation', {
    email: `x-${operation}@evil.test`,
    role: 'admin',
  });
  await call(dependencies, admin, operation, { member: leaver.person.id, ...more });
  const invitation = await findInvitation(dependencies, String(url).split('/').at(-1) ?? '');
  const comeBack = async () =>
    invitation === null
      ? 'the invitation is over'
      : acceptInvitation(dependencies, {
          invitation,
          invitee: { name: 'Me again', passwordHash: 'x' },
          requestId: 'request',
        });
  expect(await comeBack()).toBe('the invitation is over');
});
