import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Caller } from '../../core/domain/caller.ts';
import { createApiToken, findApiTokenCaller } from '../../core/services/api-tokens.ts';
import { acceptInvitation, findInvitation } from '../../core/services/invitations.ts';
import { membershipsOf } from '../../core/services/memberships.ts';
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

async function narrowToken(): Promise<Caller> {
  const { dependencies } = stack;
  const { value } = await dependencies.database.inOrganization(admin.organizationId, (transaction) =>
    createApiToken(transaction, admin, { name: 'usage graph', scopes: ['usage:read'], expiresAt: null }),
  );
  const caller = await findApiTokenCaller(dependencies, value, 'request');
  if (caller === null) throw new Error('no caller');
  return caller;
}

test('an API token that may only read usage makes nobody an admin', async () => {
  const { dependencies } = stack;
  const token = await narrowToken();
  const attack = async () => {
    const { url } = await call(dependencies, token, 'create_invitation', { email: 'mallory@evil.test', role: 'admin' });
    const invitation = await findInvitation(dependencies, String(url).split('/').at(-1) ?? '');
    if (invitation === null) throw new Error('no invitation');
    const person = await acceptInvitation(dependencies, {
      invitation,
      invitee: { name: 'Mallory', passwordHash: 'x' },
      requestId: 'request',
    });
    return membershipsOf(dependencies, person.id);
  };
  await expect(attack()).rejects.toMatchObject({ status: 403 });
});

test('an API token that may only read usage removes nobody, reads no member list, ends no other token', async () => {
  const { dependencies } = stack;
  const token = await narrowToken();
  await expect(call(dependencies, token, 'list_members')).rejects.toMatchObject({ status: 403 });
  await expect(
    call(dependencies, token, 'update_member', { member: admin.person.id, role: 'admin' }),
  ).rejects.toMatchObject({ status: 403 });
});

test('revoking a leaked API token ends what was made with it', async () => {
  const { dependencies } = stack;
  const token = await narrowToken();
  const { value } = await call(dependencies, token, 'create_api_token', {
    name: 'usage graph',
    scopes: ['usage:read'],
  });
  if (token.kind !== 'api_token') throw new Error('no token');
  await call(dependencies, admin, 'revoke_api_token', { api_token: token.tokenId });
  expect(await findApiTokenCaller(dependencies, String(value), 'request')).toBeNull();
});
