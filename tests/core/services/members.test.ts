import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Caller } from '../../../core/domain/caller.ts';
import { API_TOKEN_SCOPES } from '../../../core/domain/scopes.ts';
import { createInvitation } from '../../../core/operations/create-invitation.ts';
import { invoke } from '../../../core/operations/invoke.ts';
import { removeMember } from '../../../core/operations/remove-member.ts';
import { updateMember } from '../../../core/operations/update-member.ts';
import { acceptInvitation, findInvitation } from '../../../core/services/invitations.ts';
import { changeRole, findMember, removeMember as remove } from '../../../core/services/members.ts';
import { membershipsOf } from '../../../core/services/memberships.ts';
import { type TestDependencies, testDependencies } from '../../servers/dependencies.ts';
import { untilLocksAreWaitedFor } from '../../servers/lock-waits.ts';
import { freshSession, seedCaller } from '../../servers/seed.ts';

let world: TestDependencies;
beforeAll(async () => {
  world = await testDependencies();
});
afterAll(() => world.stop());

async function join({ organizationId }: Caller, role: string): Promise<Caller> {
  const { database } = world.dependencies;
  const newcomer = await seedCaller(database);
  await database.inOrganization(organizationId, (transaction) =>
    transaction.membership.create({ data: { organizationId, personId: newcomer.person.id, role } }),
  );
  return { ...newcomer, organizationId };
}

const demote = (caller: Caller, { person }: Caller) =>
  invoke(updateMember, { caller, input: { member: person.id, role: 'operator' } }, world.dependencies);

/** What becomes of `act`, which begins while a demotion by `by` is not committed yet. */
async function duringDemotion(by: Caller, { person }: Caller, act: () => Promise<unknown>): Promise<unknown> {
  const [locked, released] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const slow = world.dependencies.database.inOrganization(by.organizationId, async (transaction) => {
    await changeRole(transaction, by, await findMember(transaction, person.id), 'operator');
    locked.resolve();
    await released.promise;
  });
  await locked.promise;
  const acting = act();
  await Promise.race([acting.catch(() => undefined), untilLocksAreWaitedFor(world.dependencies.database)]);
  released.resolve();
  await slow;
  return acting;
}

describe('members', () => {
  test('always keep an admin, also when two leave at once', async () => {
    const first = await seedCaller(world.dependencies.database);
    await expect(demote(first, first)).rejects.toMatchObject({ code: 'conflict' });
    const remove = { caller: first, input: { member: first.person.email } };
    await expect(invoke(removeMember, remove, world.dependencies)).rejects.toThrow('is the last admin');
    const second = await join(first, 'admin');
    await expect(duringDemotion(second, second, () => demote(first, first))).rejects.toThrow('is the last admin');
  });

  test.each([
    ['updateMember', updateMember, { role: 'operator' }],
    ['removeMember', removeMember, {}],
  ])('are changed by nobody who lost the role a moment ago: %s', async (_name, operation, more) => {
    const first = await seedCaller(world.dependencies.database);
    const second = await join(first, 'admin');
    const input = { member: first.person.id, ...more };
    const act = () => invoke(operation, { caller: second, input }, world.dependencies);
    await expect(duringDemotion(first, second, act)).rejects.toMatchObject({ code: 'forbidden' });
    expect(await membershipsOf(world.dependencies, first.person.id)).toContainEqual(
      expect.objectContaining({ organizationId: first.organizationId, role: 'admin' }),
    );
  });

  test.each(['demoted', 'removed'])(
    'always keep an admin, also when a manager is promoted while being %s',
    async (how) => {
      const { database } = world.dependencies;
      const first = await seedCaller(database);
      const manager = await join(first, 'manager');
      const within = database.inOrganization.bind(null, first.organizationId);
      const [read, go] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
      const slow = within(async (transaction) => {
        const member = await findMember(transaction, manager.person.id);
        read.resolve();
        await go.promise;
        if (how === 'demoted') await changeRole(transaction, manager, member, 'operator');
        else await remove(transaction, manager, member);
      });
      await read.promise;
      for (const [{ person }, role] of [
        [manager, 'admin'],
        [first, 'operator'],
      ] as const) {
        await within(async (transaction) =>
          changeRole(transaction, first, await findMember(transaction, person.id), role),
        );
      }
      go.resolve();
      await expect(slow).rejects.toThrow('is the last admin');
    },
  );

  test('are changed by admins of their own organization alone', async () => {
    const admin = await seedCaller(world.dependencies.database);
    const manager = { ...(await join(admin, 'manager')), role: 'manager' as const };
    const stranger = await seedCaller(world.dependencies.database);
    await expect(demote(manager, admin)).rejects.toMatchObject({ code: 'forbidden' });
    await expect(demote(stranger, manager)).rejects.toMatchObject({ code: 'not_found' });
  });

  test('become admins by a person who has just proved who they are, and by no script', async () => {
    const { dependencies } = world;
    const admin = await seedCaller(dependencies.database);
    const manager = await join(admin, 'manager');
    const script: Caller = {
      ...admin,
      kind: 'api_token',
      tokenId: randomUUID(),
      tokenName: 'script',
      scopes: new Set(API_TOKEN_SCOPES),
    };
    const promote = (caller: Caller, role = 'admin') =>
      invoke(updateMember, { caller, input: { member: manager.person.id, role } }, dependencies);
    await expect(promote(admin)).rejects.toMatchObject({ code: 'reauthentication_required' });
    await expect(promote(script)).rejects.toMatchObject({ code: 'forbidden' });
    await promote(script, 'operator');
    const fresh = await freshSession(dependencies.database, admin);
    expect(await promote(fresh)).toMatchObject({ member: { role: 'admin' } });
  });
});

describe('an invitation', () => {
  test('makes one person a member, once', async () => {
    const { dependencies } = world;
    const admin = await seedCaller(dependencies.database);
    const input = { email: 'kim@example.test', role: 'manager' };
    const { url } = await invoke(createInvitation, { caller: admin, input }, dependencies);
    const presented = String(url).split('/').at(-1) ?? '';
    const invitation = await findInvitation(dependencies, presented);
    if (invitation === null) throw new Error('The invitation is no good.');
    const invitee = { name: 'Kim', passwordHash: 'none' };
    const person = await acceptInvitation(dependencies, { invitation, invitee, requestId: 'test' });
    expect(await membershipsOf(dependencies, person.id)).toEqual([
      { organizationId: admin.organizationId, organizationName: admin.organizationName, role: 'manager' },
    ]);
    expect(await findInvitation(dependencies, presented)).toBeNull();
    const late = acceptInvitation(dependencies, { invitation, invitee: admin.person, requestId: 'test' });
    await expect(late).rejects.toMatchObject({ code: 'conflict' });
  });

  test.each([
    ['removed', removeMember, {}],
    ['made an operator', updateMember, { role: 'operator' }],
  ])('is over once its inviter was %s', async (_what, operation, more) => {
    const { dependencies } = world;
    const admin = await seedCaller(dependencies.database);
    const leaver = await join(admin, 'admin');
    const invite = { email: `${leaver.person.id}@example.test`, role: 'manager' };
    const { url } = await invoke(createInvitation, { caller: leaver, input: invite }, dependencies);
    const presented = String(url).split('/').at(-1) ?? '';
    const invitation = await findInvitation(dependencies, presented);
    if (invitation === null) throw new Error('The invitation is no good.');
    await invoke(operation, { caller: admin, input: { member: leaver.person.id, ...more } }, dependencies);
    expect(await findInvitation(dependencies, presented)).toBeNull();
    const invitee = { name: 'Me again', passwordHash: 'none' };
    const late = acceptInvitation(dependencies, { invitation, invitee, requestId: 'test' });
    await expect(late).rejects.toMatchObject({ code: 'conflict' });
  });

  test('as admin is made by a person who has just proved who they are, and by no script', async () => {
    const { dependencies } = world;
    const admin = await seedCaller(dependencies.database);
    const input = { email: 'new-admin@example.test', role: 'admin' };
    const scopes = new Set(API_TOKEN_SCOPES);
    const script: Caller = { ...admin, kind: 'api_token', tokenId: randomUUID(), tokenName: 'script', scopes };
    await expect(invoke(createInvitation, { caller: admin, input }, dependencies)).rejects.toMatchObject({
      code: 'reauthentication_required',
    });
    await expect(invoke(createInvitation, { caller: script, input }, dependencies)).rejects.toMatchObject({
      code: 'forbidden',
    });
    await invoke(createInvitation, { caller: script, input: { ...input, role: 'manager' } }, dependencies);
  });

  test('is refused while fifty others are open', async () => {
    const { dependencies } = world;
    const admin = await seedCaller(dependencies.database);
    const invite = (n: number) =>
      invoke(
        createInvitation,
        { caller: admin, input: { email: `p${n}@example.test`, role: 'operator' } },
        dependencies,
      );
    for (let n = 0; n < 50; n += 1) await invite(n);
    await expect(invite(50)).rejects.toMatchObject({ code: 'refused_by_policy' });
    await invite(0);
  });

  test('handed over as a link makes nobody an owner of the installation', async () => {
    const { dependencies } = world;
    const config = { ...dependencies.config, AGENTGATEWAY_OWNERS: ['boss@example.test'] };
    const admin = await seedCaller(dependencies.database);
    const input = { email: 'boss@example.test', role: 'operator' };
    const refused = invoke(createInvitation, { caller: admin, input }, { ...dependencies, config });
    await expect(refused).rejects.toMatchObject({ code: 'forbidden' });
  });

  test('stands in no audit event, and ends when the same address is invited again', async () => {
    const { dependencies } = world;
    const admin = await seedCaller(dependencies.database);
    const input = { email: 'robin@example.test', role: 'operator' };
    const first = await invoke(createInvitation, { caller: admin, input }, dependencies);
    const presented = String(first.url).split('/').at(-1) ?? '';
    await invoke(createInvitation, { caller: admin, input }, dependencies);
    expect(await findInvitation(dependencies, presented)).toBeNull();
    const events = await dependencies.database.inOrganization(admin.organizationId, (transaction) =>
      transaction.auditEvent.findMany({ where: { action: 'create_invitation' } }),
    );
    expect(events).toHaveLength(2);
    expect(JSON.stringify(events)).not.toContain(presented);
  });
});
