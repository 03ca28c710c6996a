import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Dependencies } from '../../../core/dependencies.ts';
import { hashPassword } from '../../../core/services/passwords.ts';
import { completeSetup } from '../../../core/services/setup.ts';
import { signIn } from '../../../core/services/sign-in.ts';
import { type TestDependencies, testDependencies } from '../../servers/dependencies.ts';
import { seedCaller } from '../../servers/seed.ts';

let stack: TestDependencies;
beforeAll(async () => {
  stack = await testDependencies();
});
afterAll(() => stack?.stop());

async function account(): Promise<string> {
  const { person } = await seedCaller(stack.dependencies.database);
  const passwordHash = await hashPassword('a quiet walk by the canal');
  await stack.dependencies.database.inInstance((transaction) =>
    transaction.person.update({ where: { id: person.id }, data: { passwordHash } }),
  );
  return person.email;
}

const tryIn = (dependencies: Dependencies, email: string, address: string) =>
  signIn(dependencies, { email, password: 'wrong wrong', visitor: { address, userAgent: '' }, requestId: 'r' }).then(
    () => 'in',
    (error: { code: string }) => error.code,
  );

test('a sign-in asks the database as often for nobody as for somebody', async () => {
  const { dependencies } = stack;
  let transactions = 0;
  const counting: Dependencies = {
    ...dependencies,
    database: {
      ...dependencies.database,
      inInstance: (work) => {
        transactions++;
        return dependencies.database.inInstance(work);
      },
    },
  };
  await tryIn(counting, await account(), '198.51.100.1');
  const forSomebody = transactions;
  transactions = 0;
  await tryIn(counting, 'nobody@example.test', '198.51.100.2');
  expect(transactions).toBe(forSomebody);
});

test('when a network is slowed, the refusal does not tell who has an account', async () => {
  const { dependencies } = stack;
  const email = await account();
  const address = '198.51.100.77';
  await signIn(dependencies, {
    email,
    password: 'a quiet walk by the canal',
    visitor: { address, userAgent: '' },
    requestId: 'r',
  });
  for (let i = 0; i < 31; i++) await tryIn(dependencies, `nobody-${i}@example.test`, address);
  expect(await tryIn(dependencies, email, address)).toBe(await tryIn(dependencies, 'nobody-x@example.test', address));
});

test('a wrong set-up link is refused before a password is hashed and an e-mail address looked up', async () => {
  const { dependencies } = stack;
  const admin = { organization: 'O', name: 'N', password: 'a quiet walk by the canal', requestId: 'r' };
  const known = completeSetup(dependencies, 'agl_wrong', { ...admin, email: await account() });
  await expect(known).rejects.toThrow('set-up link');
});
