import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Caller } from '../../core/domain/caller.ts';
import { enterCredentialValue } from '../../core/services/credential-entry.ts';
import { findOneTimeLink } from '../../core/services/one-time-links.ts';
import { call } from '../core/operations/call.ts';
import { type TestDependencies, testDependencies } from '../servers/dependencies.ts';
import { seedCaller } from '../servers/seed.ts';

let stack: TestDependencies;
let admin: Caller;
beforeAll(async () => {
  stack = await testDependencies();
  admin = await seedCaller(stack.dependencies.database, 'admin');
});
afterAll(() => stack?.stop());

const open = (url: string) => findOneTimeLink(stack.dependencies, 'entry', url.split('/').at(-1) ?? '');

test('a value entered while the credential is deleted ends in order, never in a deadlock', async () => {
  const { dependencies } = stack;
  const faults: string[] = [];
  for (let round = 0; round < 12; round++) {
    const { entry_url } = await call(dependencies, admin, 'create_credential', { name: `c${round}` });
    const link = await open(String(entry_url));
    if (link === null) throw new Error('no link');
    const remove = () => call(dependencies, admin, 'delete_credential', { credential: `c${round}` });
    const enter = () =>
      enterCredentialValue(dependencies, {
        link,
        caller: admin,
        value: 'sk_live_0123456789abcdefghij',
        hosts: ['a.test'],
      });
    const outcomes = await Promise.allSettled([remove(), enter(), remove()]);
    for (const outcome of outcomes) {
      if (outcome.status === 'rejected' && outcome.reason.status === undefined)
        faults.push(String(outcome.reason.code));
    }
  }
  expect(faults).toEqual([]);
}, 60_000);

test('a new entry link ends the old one, also of several made at once', async () => {
  const { dependencies } = stack;
  for (let round = 0; round < 8; round++) {
    const credential = `e${round}`;
    await call(dependencies, admin, 'create_credential', { name: credential });
    const made = await Promise.all(
      [1, 2, 3, 4, 5, 6].map(() => call(dependencies, admin, 'create_entry_link', { credential })),
    );
    const links = await Promise.all(made.map(({ entry_url }) => open(String(entry_url))));
    expect(links.filter((link) => link?.state === 'open')).toHaveLength(1);
  }
});
