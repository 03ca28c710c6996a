import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createResetLink, resetPassword } from '../../core/services/password-resets.ts';
import { hashPassword } from '../../core/services/passwords.ts';
import { changePassword } from '../../core/services/people.ts';
import { removeTotp } from '../../core/services/totp.ts';
import { type TestDependencies, testDependencies } from '../servers/dependencies.ts';
import { seedCaller } from '../servers/seed.ts';

let stack: TestDependencies;
beforeAll(async () => {
  stack = await testDependencies();
});
afterAll(() => stack?.stop());

const PASSWORD = 'a quiet walk by the canal';
const visitor = { address: '198.51.100.1', userAgent: '' };

test.each(['a changed password', 'a reset password', 'two-step sign-in turned off'])(
  '%s is on the record',
  async (what) => {
    const { dependencies } = stack;
    const { person, organizationId, sessionId } = await seedCaller(dependencies.database);
    await dependencies.database.inInstance(async (transaction) =>
      transaction.person.update({ where: { id: person.id }, data: { passwordHash: await hashPassword(PASSWORD) } }),
    );
    if (what === 'a changed password') {
      await changePassword(dependencies, {
        personId: person.id,
        sessionId,
        presentPassword: PASSWORD,
        password: 'another quiet walk',
        visitor,
      });
    } else if (what === 'a reset password') {
      const url = await createResetLink(dependencies, person.email);
      await resetPassword(dependencies, {
        presented: String(url).split('/').at(-1) ?? '',
        password: 'another quiet walk',
        address: visitor.address,
      });
    } else await removeTotp(dependencies, person.id);
    const events = await dependencies.database.inOrganization(organizationId, (transaction) =>
      transaction.auditEvent.findMany(),
    );
    expect(events).toHaveLength(1);
  },
);
