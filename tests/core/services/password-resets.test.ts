import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createResetLink, findReset, resetPassword } from '../../../core/services/password-resets.ts';
import { changePassword } from '../../../core/services/people.ts';
import { createSession, findSessionByPresented, listSessions } from '../../../core/services/sessions.ts';
import { openSession, signIn } from '../../../core/services/sign-in.ts';
import { type TestDependencies, testDependencies } from '../../servers/dependencies.ts';
import { untilLocksAreWaitedFor } from '../../servers/lock-waits.ts';
import { givePassword, seedCaller } from '../../servers/seed.ts';

const visitor = { address: '203.0.113.7', userAgent: 'test' };
const password = 'a quiet walk by the canal';

let world: TestDependencies;
beforeAll(async () => {
  world = await testDependencies();
});
afterAll(() => world.stop());

const linkFor = async (email: string) => (await createResetLink(world.dependencies, email))?.split('/').at(-1) ?? '';

describe('a password reset', () => {
  test('sets the password once and ends all sessions', async () => {
    const { dependencies } = world;
    const { person } = await seedCaller(dependencies.database);
    const session = await dependencies.database.inInstance((transaction) =>
      createSession(transaction, person.id, visitor),
    );
    const presented = await linkFor(person.email);
    const again = await linkFor(person.email);
    expect(await findReset(dependencies, presented)).toMatchObject({ email: person.email });
    await resetPassword(dependencies, { presented, password, address: visitor.address, requestId: 'test' });
    expect(await findSessionByPresented(dependencies, session)).toBeNull();
    for (const link of [presented, again]) {
      const repeat = resetPassword(dependencies, {
        presented: link,
        password: 'by somebody else',
        address: '192.0.2.1',
        requestId: 'test',
      });
      await expect(repeat).rejects.toMatchObject({ code: 'conflict' });
    }
    const signedIn = await signIn(dependencies, { email: person.email, password, visitor, requestId: 'test' });
    expect(signedIn.kind).toBe('session');
  });

  test('leaves no session to who proved the password of before while it was changed', async () => {
    const { dependencies } = world;
    const { person } = await seedCaller(dependencies.database);
    await givePassword(dependencies.database, person.id, 'the password that leaked');
    const proved = await dependencies.database.inInstance((transaction) =>
      transaction.person.findUniqueOrThrow({ where: { id: person.id } }),
    );
    const presented = await linkFor(person.email);
    await resetPassword(dependencies, { presented, password, address: visitor.address, requestId: 'test' });
    const late = openSession(dependencies, proved, { visitor, requestId: 'test' });
    await expect(late).rejects.toMatchObject({ code: 'unauthenticated' });
    expect(await listSessions(dependencies, person.id)).toEqual([]);
  });

  test('stands, also where the password of before was being changed by who knew it', async () => {
    const { dependencies } = world;
    const { database } = dependencies;
    const { person } = await seedCaller(database);
    await givePassword(database, person.id, 'the password that leaked');
    const [changed, released] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const reset = database.inInstance(async (transaction) => {
      await transaction.person.update({ where: { id: person.id }, data: { passwordHash: 'as it was reset' } });
      changed.resolve();
      await released.promise;
    });
    await changed.promise;
    const late = changePassword(dependencies, {
      personId: person.id,
      sessionId: randomUUID(),
      presentPassword: 'the password that leaked',
      password,
      visitor,
      requestId: 'test',
    });
    await untilLocksAreWaitedFor(database);
    released.resolve();
    await reset;
    await expect(late).rejects.toMatchObject({ code: 'unauthenticated' });
    const row = await database.inInstance((transaction) => transaction.person.findUnique({ where: { id: person.id } }));
    expect(row?.passwordHash).toBe('as it was reset');
  });

  test('is open three times at most, and never for an address without an account', async () => {
    const { person } = await seedCaller(world.dependencies.database);
    const links = [];
    for (let wish = 0; wish < 4; wish += 1) links.push(await createResetLink(world.dependencies, person.email));
    expect(links.filter((link) => link !== null)).toHaveLength(3);
    expect(await createResetLink(world.dependencies, 'nobody@example.test')).toBeNull();
  });
});
