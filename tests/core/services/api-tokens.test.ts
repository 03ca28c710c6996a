import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Caller } from '../../../core/domain/caller.ts';
import { API_TOKEN_SCOPES } from '../../../core/domain/scopes.ts';
import { createApiToken } from '../../../core/operations/create-api-token.ts';
import { operations } from '../../../core/operations/index.ts';
import { authorise, invoke } from '../../../core/operations/invoke.ts';
import { listOperations } from '../../../core/operations/list-operations.ts';
import { removeMember } from '../../../core/operations/remove-member.ts';
import { revokeApiToken } from '../../../core/operations/revoke-api-token.ts';
import { updateMember } from '../../../core/operations/update-member.ts';
import { whoami } from '../../../core/operations/whoami.ts';
import { findApiTokenCaller } from '../../../core/services/api-tokens.ts';
import { createSession } from '../../../core/services/sessions.ts';
import { bearerHash } from '../../../core/vault/bearer-secret.ts';
import { type TestDependencies, testDependencies } from '../../servers/dependencies.ts';
import { seedCaller } from '../../servers/seed.ts';

let world: TestDependencies;
beforeAll(async () => {
  world = await testDependencies();
});
afterAll(() => world.stop());

/** A caller whose session exists and is fresh. */
async function freshCaller(role: Caller['role']): Promise<Caller & { kind: 'session' }> {
  const { database } = world.dependencies;
  const caller = await seedCaller(database, role);
  const visitor = { address: '203.0.113.7', userAgent: 'test' };
  const sessionId = await database.inInstance(async (transaction) => {
    const presented = await createSession(transaction, caller.person.id, visitor);
    return (await transaction.session.findUniqueOrThrow({ where: { tokenHash: bearerHash(presented) } })).id;
  });
  return { ...caller, sessionId };
}

async function make(caller: Caller, scopes: string[], more: object = {}): Promise<{ id: string; value: string }> {
  const input = { name: 'script', scopes, ...more };
  return (await invoke(createApiToken, { caller, input }, world.dependencies)) as { id: string; value: string };
}

async function presentWell(value: string): Promise<Caller> {
  const caller = await present(value);
  if (caller === null) throw new Error('The API token is no good.');
  return caller;
}

const present = (value: string) => findApiTokenCaller(world.dependencies, value, 'test');

describe('an API token', () => {
  test('is never broader than its maker', async () => {
    const operator = await freshCaller('operator');
    await expect(make(operator, ['agents:write'])).rejects.toMatchObject({ code: 'forbidden' });
    await expect(make(operator, ['approvals:write'])).rejects.toMatchObject({ code: 'forbidden' });
    const { value } = await make(await freshCaller('manager'), ['agents:write', 'approvals:write']);
    expect(await present(value)).toMatchObject({
      role: 'manager',
      scopes: new Set(['agents:write', 'approvals:write']),
    });
  });

  test('makes no other: revoking it ends all that its finder has', async () => {
    const { value } = await make(await freshCaller('admin'), [...API_TOKEN_SCOPES]);
    await expect(make(await presentWell(value), ['agents:read'])).rejects.toMatchObject({ code: 'forbidden' });
  });

  test('administers people only with every scope of its maker’s role', async () => {
    const admin = await freshCaller('admin');
    const administration = operations.filter(
      ({ area, scope, restOnly, personOnly }) => area === null && scope === undefined && restOnly && !personOnly,
    );
    expect(administration.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['create_invitation', 'update_member', 'remove_member', 'list_members']),
    );
    const all = await presentWell((await make(admin, [...API_TOKEN_SCOPES])).value);
    for (const missing of ['usage:read', 'approvals:write']) {
      const { value } = await make(
        admin,
        [...API_TOKEN_SCOPES].filter((scope) => scope !== missing),
      );
      const caller = await presentWell(value);
      for (const operation of administration) {
        expect(() => authorise(operation, all)).not.toThrow();
        expect(() => authorise(operation, caller)).toThrow(missing);
      }
      for (const operation of [whoami, listOperations]) expect(() => authorise(operation, caller)).not.toThrow();
    }
  });

  test('asks a session for a fresh proof of who the person is, and leads back to the organization', async () => {
    const caller = await freshCaller('manager');
    await world.dependencies.database.inInstance((transaction) =>
      transaction.session.update({ where: { id: caller.sessionId }, data: { authenticatedAt: new Date(0) } }),
    );
    const returnTo = `/settings/api-tokens?organization=${caller.organizationId}`;
    await expect(make(caller, ['agents:read'])).rejects.toMatchObject({
      code: 'reauthentication_required',
      members: { url: expect.stringContaining(`/reauthenticate?${new URLSearchParams({ return_to: returnTo })}`) },
    });
  });

  test('acts with the role that its maker has now, and with none once the maker is gone', async () => {
    const admin = await freshCaller('admin');
    const { database } = world.dependencies;
    const colleague = await freshCaller('manager');
    const { organizationId } = admin;
    await database.inOrganization(organizationId, (transaction) =>
      transaction.membership.create({ data: { organizationId, personId: colleague.person.id, role: 'manager' } }),
    );
    const { value } = await make({ ...colleague, organizationId }, ['agents:write']);
    const member = colleague.person.email;
    await invoke(updateMember, { caller: admin, input: { member, role: 'operator' } }, world.dependencies);
    expect(await present(value)).toMatchObject({ role: 'operator', organizationId });
    await invoke(removeMember, { caller: admin, input: { member } }, world.dependencies);
    expect(await present(value)).toBeNull();
    await database.inOrganization(organizationId, (transaction) =>
      transaction.membership.create({ data: { organizationId, personId: colleague.person.id, role: 'manager' } }),
    );
    expect(await present(value)).toBeNull();
  });

  test('ends when it is revoked, and nobody of another organization can revoke it', async () => {
    const owner = await freshCaller('manager');
    const stranger = await freshCaller('admin');
    const { id, value } = await make(owner, ['agents:read']);
    const input = { api_token: id };
    await expect(invoke(revokeApiToken, { caller: stranger, input }, world.dependencies)).rejects.toMatchObject({
      code: 'not_found',
    });
    expect(await present(value)).not.toBeNull();
    await invoke(revokeApiToken, { caller: owner, input }, world.dependencies);
    expect(await present(value)).toBeNull();
  });
});
