import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type TOTP, URI } from 'otpauth';
import type { Dependencies } from '../../../core/dependencies.ts';
import type { AccountAction } from '../../../core/services/account-audit.ts';
import { createResetLink, resetPassword } from '../../../core/services/password-resets.ts';
import { hashPassword } from '../../../core/services/passwords.ts';
import { changePassword, renamePerson } from '../../../core/services/people.ts';
import { endOtherSessions } from '../../../core/services/sessions.ts';
import { signIn } from '../../../core/services/sign-in.ts';
import { confirmTotp, enrolTotp, removeTotp } from '../../../core/services/totp.ts';
import { type TestDependencies, testDependencies } from '../../servers/dependencies.ts';
import { seedCaller } from '../../servers/seed.ts';

let stack: TestDependencies;
beforeAll(async () => {
  stack = await testDependencies();
});
afterAll(() => stack?.stop());

const PASSWORD = 'a quiet walk by the canal';
const visitor = { address: '198.51.100.1', userAgent: '' };
const requestId = 'request';

type Seeded = Awaited<ReturnType<typeof seedCaller>>;

const DEEDS: [AccountAction, (dependencies: Dependencies, caller: Seeded) => Promise<unknown>][] = [
  [
    'sign_in',
    (dependencies, { person }) => signIn(dependencies, { email: person.email, password: PASSWORD, visitor, requestId }),
  ],
  ['change_name', (dependencies, { person }) => renamePerson(dependencies, { person, name: 'Kim', requestId })],
  [
    'change_password',
    (dependencies, { person, sessionId }) =>
      changePassword(dependencies, {
        personId: person.id,
        sessionId,
        presentPassword: PASSWORD,
        password: 'another quiet walk',
        visitor,
        requestId,
      }),
  ],
  [
    'reset_password',
    async (dependencies, { person }) => {
      const url = await createResetLink(dependencies, person.email);
      const presented = String(url).split('/').at(-1) ?? '';
      await resetPassword(dependencies, {
        presented,
        password: 'another quiet walk',
        address: visitor.address,
        requestId,
      });
    },
  ],
  [
    'turn_on_two_step',
    async (dependencies, { person }) => {
      const { uri } = await enrolTotp(dependencies, person.id);
      await confirmTotp(dependencies, { personId: person.id, code: (URI.parse(uri) as TOTP).generate(), requestId });
    },
  ],
  ['turn_off_two_step', (dependencies, { person }) => removeTotp(dependencies, { personId: person.id, requestId })],
  [
    'end_other_sessions',
    (dependencies, { person, sessionId: id }) => {
      const now = new Date();
      const session = { id, person, createdAt: now, lastSeenAt: now, authenticatedAt: now, ...visitor };
      return endOtherSessions(dependencies, session, requestId);
    },
  ],
];

test.each(DEEDS)('%s is on the record of each of the person’s organizations', async (action, act) => {
  const { dependencies } = stack;
  const { database } = dependencies;
  const [caller, other] = [await seedCaller(database), await seedCaller(database)];
  const passwordHash = await hashPassword(PASSWORD);
  await database.inInstance((transaction) =>
    transaction.person.update({ where: { id: caller.person.id }, data: { passwordHash } }),
  );
  await database.inOrganization(other.organizationId, (transaction) =>
    transaction.membership.create({
      data: { organizationId: other.organizationId, personId: caller.person.id, role: 'operator' },
    }),
  );
  await act(dependencies, caller);
  for (const { organizationId } of [caller, other]) {
    const events = await database.inOrganization(organizationId, (transaction) => transaction.auditEvent.findMany());
    expect(events).toMatchObject([{ action, actorKind: 'person', actorId: caller.person.id, requestId }]);
  }
});
