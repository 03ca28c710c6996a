import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type TOTP, URI } from 'otpauth';
import { hashPassword } from '../../../core/services/passwords.ts';
import { signIn, signInWithCode } from '../../../core/services/sign-in.ts';
import { confirmTotp, enrolTotp } from '../../../core/services/totp.ts';
import { type TestDependencies, testDependencies } from '../../servers/dependencies.ts';
import { seedCaller } from '../../servers/seed.ts';

const PASSWORD = 'a quiet walk by the canal';
const request = { visitor: { address: '203.0.113.7', userAgent: 'test' }, requestId: 'test' };

let world: TestDependencies;
beforeAll(async () => {
  world = await testDependencies();
});
afterAll(() => world.stop());

async function personWithTotp() {
  const { dependencies } = world;
  const { person } = await seedCaller(dependencies.database);
  const passwordHash = await hashPassword(PASSWORD);
  await dependencies.database.inInstance((transaction) =>
    transaction.person.update({ where: { id: person.id }, data: { passwordHash } }),
  );
  const { uri } = await enrolTotp(dependencies, person.id);
  const authenticator = URI.parse(uri) as TOTP;
  const code = authenticator.generate();
  const recoveryCodes = await confirmTotp(dependencies, { personId: person.id, code, requestId: 'test' });
  const signedIn = await signIn(dependencies, { ...request, email: person.email, password: PASSWORD });
  if (signedIn.kind !== 'code') throw new Error('The password alone signed in.');
  // That code is used up. The next step's is good already, and stays so when the step begins meanwhile.
  const nextCode = () => authenticator.generate({ timestamp: Date.now() + 30_000 });
  return { person, nextCode, recoveryCodes, ticket: signedIn.ticket };
}

const enter = (ticket: string, code: string) => signInWithCode(world.dependencies, { ...request, ticket, code });

describe('two-step sign-in', () => {
  test('takes a code once, also of two at once', async () => {
    const { nextCode, ticket } = await personWithTotp();
    const code = nextCode();
    const results = await Promise.allSettled([enter(ticket, code), enter(ticket, code)]);
    expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    await expect(enter(ticket, code)).rejects.toMatchObject({ code: 'unauthenticated' });
  });

  test('takes each of ten recovery codes once', async () => {
    const { recoveryCodes, ticket } = await personWithTotp();
    expect(new Set(recoveryCodes).size).toBe(10);
    const [first = '', second = ''] = recoveryCodes;
    expect(await enter(ticket, first.toUpperCase())).toMatch(/^ags_/);
    await expect(enter(ticket, first)).rejects.toMatchObject({ code: 'unauthenticated' });
    expect(await enter(ticket, second)).toMatch(/^ags_/);
  });

  test('takes no ticket that was changed, and none from before a change of the password', async () => {
    const { person, nextCode, ticket } = await personWithTotp();
    const other = await personWithTotp();
    const forged = [other.person.id, ...ticket.split('.').slice(1)].join('.');
    expect(await enter(forged, nextCode())).toBeNull();
    const passwordHash = await hashPassword('another walk by the canal');
    await world.dependencies.database.inInstance((transaction) =>
      transaction.person.update({ where: { id: person.id }, data: { passwordHash } }),
    );
    expect(await enter(ticket, nextCode())).toBeNull();
  });
});
