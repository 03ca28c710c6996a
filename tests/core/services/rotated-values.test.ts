import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import type { Caller } from '../../../core/domain/caller.ts';
import { enterCredentialValue } from '../../../core/services/credential-entry.ts';
import { findOneTimeLink } from '../../../core/services/one-time-links.ts';
import { makeByHandCredential } from '../../servers/by-hand-credential.ts';
import { type TestDependencies, testDependencies } from '../../servers/dependencies.ts';
import { seedCaller } from '../../servers/seed.ts';
import { call } from '../operations/call.ts';

let stack: TestDependencies;
let caller: Caller;
beforeAll(async () => {
  stack = await testDependencies();
});
afterAll(() => stack?.stop());

const as = (name: string, input: unknown) =>
  call(stack.dependencies, caller, name, input) as Promise<Record<string, string>>;

beforeEach(async () => {
  caller = await seedCaller(stack.dependencies.database);
  await makeByHandCredential(stack.dependencies, caller);
});

test('a rotation takes no value before it is approved, also where its workflow has yet to begin', async () => {
  await as('update_policy', { require_approval: { rotate: true } });
  await as('rotate_credential', { credential: 'one' });
  await expect(as('create_entry_link', { credential: 'one' })).rejects.toMatchObject({ code: 'conflict' });
});

test('a rotation that is being cancelled takes no value, which would be thrown away', async () => {
  const { operation_id: operation, entry_url: url } = await as('rotate_credential', { credential: 'one' });
  await as('cancel_operation', { operation });
  const link = await findOneTimeLink(stack.dependencies, 'entry', url?.split('/').at(-1) ?? '');
  if (link === null) throw new Error('The link leads nowhere.');
  const entry = { link, caller, value: 'sk_live_abcdefghij0123456789', hosts: ['a.test'] };
  await expect(enterCredentialValue(stack.dependencies, entry)).rejects.toMatchObject({ code: 'conflict' });
});
