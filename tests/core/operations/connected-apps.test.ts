import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { v7 as uuid } from 'uuid';
import type { Caller } from '../../../core/domain/caller.ts';
import { PublicError } from '../../../core/errors.ts';
import { findAppCaller } from '../../../core/services/oauth-grants.ts';
import { type TestDependencies, testDependencies } from '../../servers/dependencies.ts';
import { addMember, seedAgent, seedApp, seedCaller } from '../../servers/seed.ts';
import { call } from './call.ts';

let stack: TestDependencies;
let admin: Caller;
let manager: Caller;

beforeAll(async () => {
  stack = await testDependencies();
});
afterEach(() => stack.workflows.failStartsWith(undefined));
afterAll(() => stack?.stop());

async function newOrganization(): Promise<void> {
  admin = await seedCaller(stack.dependencies.database, 'admin');
  manager = await addMember(stack.dependencies.database, admin, 'manager');
}

const as = (caller: Caller, name: string, input?: unknown) => call(stack.dependencies, caller, name, input);
const connect = (person: Caller, wishes = {}) => seedApp(stack.dependencies, person, wishes);
const isAccepted = async (accessToken: string) =>
  (await findAppCaller(stack.dependencies, accessToken, uuid())) !== null;

describe('the list', () => {
  beforeAll(newOrganization);

  test('shows each client of a person once, all its grants together, and who sees whose', async () => {
    await connect(admin);
    const first = await connect(manager, { scopes: ['agents:read', 'audit:read'] });
    const second = await connect(manager, { scopes: ['agents:read', 'agents:write'] });
    await connect(manager, { clientId: 'another-client' });
    const { items } = await as(manager, 'list_connected_apps');
    expect(items).toMatchObject([
      { client_id: 'another-client', grant_count: 1 },
      {
        id: first.connectedAppId,
        grant_count: 2,
        scopes: ['agents:read', 'agents:write', 'audit:read'],
        person: { email: manager.person.email },
      },
    ]);
    expect((await as(admin, 'list_connected_apps')).items).toHaveLength(3);
    const { app } = await as(manager, 'get_connected_app', { app: first.connectedAppId });
    expect(app.grants.map(({ id }: { id: string }) => id)).toEqual([first.caller.grantId, second.caller.grantId]);
  });

  test('goes on behind its cursor, without losing or repeating an app', async () => {
    const all = (await as(admin, 'list_connected_apps')).items;
    const seen: unknown[] = [];
    for (let cursor: string | null | undefined; cursor !== null; ) {
      const page = await as(admin, 'list_connected_apps', { limit: 1, ...(cursor && { cursor }) });
      seen.push(...page.items);
      cursor = page.next_cursor;
    }
    expect(seen).toEqual(all);
  });

  test('tells how often an app called this week, and what it has under way', async () => {
    const app = await connect(manager, { clientId: 'busy-client' });
    await seedAgent(stack.dependencies.database, manager.organizationId, 'busy-relay');
    await as(app.caller, 'list_agents');
    await as(app.caller, 'delete_agent', { agent: 'busy-relay' });
    await as(app.caller, 'get_agent', { agent: 'none-such' }).catch(() => {});
    const listed = await as(manager, 'get_connected_app', { app: app.connectedAppId });
    expect(listed.app).toMatchObject({ calls_this_week: 3, operations_under_way: 1 });
  });
});

describe('narrowing', () => {
  beforeAll(newOrganization);

  test('takes scopes away from the next call on', async () => {
    const { caller, connectedAppId: app, accessToken } = await connect(manager);
    await as(manager, 'update_connected_app', { app, scopes: ['agents:write', 'audit:read'] });
    const narrowed = await findAppCaller(stack.dependencies, accessToken, uuid());
    expect(narrowed).toMatchObject({
      grantId: caller.grantId,
      scopes: new Set(['agents:read', 'agents:write', 'audit:read']),
    });
  });

  test('of one grant leaves the others', async () => {
    const wide = await connect(manager, { clientId: 'two-laptops' });
    const { caller, connectedAppId: app } = await connect(manager, { clientId: 'two-laptops' });
    const answer = await as(manager, 'update_connected_app', { app, grant: caller.grantId, scopes: ['agents:read'] });
    expect(answer.app.grants).toMatchObject([
      { id: wide.caller.grantId, scopes: expect.arrayContaining(['credentials:write']) },
      { id: caller.grantId, scopes: ['agents:read'] },
    ]);
  });

  test('never widens', async () => {
    const { connectedAppId: app } = await connect(manager, { clientId: 'reader', scopes: ['agents:read'] });
    const widened = as(manager, 'update_connected_app', { app, scopes: ['agents:read', 'agents:write'] });
    await expect(widened).rejects.toMatchObject({
      code: 'refused_by_policy',
      detail: expect.stringContaining('agents:write'),
    });
    expect((await as(manager, 'get_connected_app', { app })).app.scopes).toEqual(['agents:read']);
  });
});

describe('revoking', () => {
  beforeAll(newOrganization);

  test.each(['get_connected_app', 'update_connected_app', 'revoke_connected_app'])(
    "%s: somebody else's app is not there, but for an admin",
    async (name) => {
      const { connectedAppId: app } = await connect(admin, { clientId: name });
      const input = { app, ...(name.startsWith('update') && { scopes: ['agents:read'] }) };
      await expect(as(manager, name, input)).rejects.toMatchObject({ code: 'not_found' });
      const { connectedAppId: theirs } = await connect(manager, { clientId: name });
      await as(admin, name, { ...input, app: theirs });
    },
  );

  test('ends one grant, or all of the app', async () => {
    const [first, second, third] = [await connect(manager), await connect(manager), await connect(manager)];
    const app = first.connectedAppId;
    await as(manager, 'revoke_connected_app', { app, grant: second.caller.grantId });
    expect(await Promise.all([first, second, third].map(({ accessToken }) => isAccepted(accessToken)))).toEqual([
      true,
      false,
      true,
    ]);
    const { operation } = await as(manager, 'revoke_connected_app', { app });
    expect(operation).toMatchObject({
      status: 'accepted',
      input: { grants: [first.caller.grantId, third.caller.grantId] },
    });
    expect(await Promise.all([first, third].map(({ accessToken }) => isAccepted(accessToken)))).toEqual([false, false]);
    await expect(as(manager, 'revoke_connected_app', { app })).rejects.toMatchObject({ code: 'not_found' });
  });

  test('three times at once ends it once', async () => {
    const { connectedAppId: app } = await connect(manager);
    const answers = await Promise.allSettled([1, 2, 3].map(() => as(manager, 'revoke_connected_app', { app })));
    expect(answers.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    for (const answer of answers) {
      if (answer.status === 'rejected') expect(answer.reason).toMatchObject({ code: 'not_found' });
    }
  });

  test('holds at once also while Temporal is away', async () => {
    const { connectedAppId: app, accessToken } = await connect(manager);
    stack.workflows.failStartsWith(new PublicError('temporal_unavailable', 'Temporal is away.'));
    const { operation } = await as(manager, 'revoke_connected_app', { app });
    expect(await isAccepted(accessToken)).toBe(false);
    const followed = await as(manager, 'get_operation', { operation: operation.id });
    expect(followed.operation).toMatchObject({
      status: 'accepted',
      steps: [{ name: 'refuse_tokens', status: 'done' }, { status: 'pending' }, { status: 'pending' }],
    });
  });

  test('a call that began before changes nothing after it', async () => {
    const { connectedAppId: app, caller } = await connect(manager);
    await seedAgent(stack.dependencies.database, manager.organizationId, 'late-relay');
    const { operation_id: waitedFor } = await as(caller, 'delete_agent', { agent: 'late-relay' });
    await as(manager, 'revoke_connected_app', { app });
    for (const [name, input] of [
      ['delete_agent', { agent: 'late-relay' }],
      ['update_agent', { agent: 'late-relay', enabled: false }],
      ['get_operation', { operation: waitedFor }],
    ] as const) {
      await expect(as(caller, name, input)).rejects.toMatchObject({ code: 'unauthenticated' });
    }
  });

  test('cannot be taken back', async () => {
    const { connectedAppId: app } = await connect(manager);
    const { operation_id: operation } = await as(manager, 'revoke_connected_app', { app });
    await expect(as(manager, 'cancel_operation', { operation })).rejects.toMatchObject({ code: 'conflict' });
  });

  test('is nothing that an app may follow', async () => {
    const { connectedAppId: app } = await connect(manager, { clientId: 'gone' });
    const { caller } = await connect(manager, { clientId: 'curious' });
    const { operation_id: operation } = await as(manager, 'revoke_connected_app', { app });
    await expect(as(caller, 'get_operation', { operation })).rejects.toMatchObject({ code: 'not_found' });
    const kinds = (await as(caller, 'list_operations')).items.map(({ kind }: { kind: string }) => kind);
    expect(kinds).not.toContain('revoke_connected_app');
  });
});

describe('a call under way', () => {
  beforeEach(newOrganization);

  /** What may be taken away while a person is asked, or a call is prepared. */
  const update = (change: object) => (grantId: string) =>
    stack.dependencies.database.inOrganization(admin.organizationId, (transaction) =>
      transaction.oauthGrant.update({ where: { id: grantId }, data: change }),
    );
  test.each<[string, string, (grantId: string) => Promise<unknown>]>([
    ['the time to write', 'insufficient_scope', update({ writesUntil: new Date(0) })],
    ['a scope', 'insufficient_scope', update({ scopes: ['agents:read', 'credentials:write'] })],
    ['the whole grant, by its end', 'unauthenticated', update({ expiresAt: new Date(0) })],
    ['the role', 'forbidden', () => as(admin, 'update_member', { member: manager.person.id, role: 'operator' })],
    ['the membership', 'unauthenticated', () => as(admin, 'remove_member', { member: manager.person.id })],
  ])('changes nothing any more once %s is taken away', async (_what, code, takeAway) => {
    const { caller } = await connect(manager);
    await takeAway(caller.grantId);
    const late = as(caller, 'create_agent', { name: 'late', upstream_url: 'https://api.stripe.test' });
    await expect(late).rejects.toMatchObject({ code });
    expect((await as(admin, 'list_agents')).items).toEqual([]);
  });

  test('of a grant that there is none of is refused', async () => {
    const { caller } = await connect(manager);
    const late = as({ ...caller, grantId: uuid() }, 'create_credential', { name: 'late' });
    await expect(late).rejects.toMatchObject({ code: 'unauthenticated' });
  });
});

describe('members', () => {
  beforeAll(newOrganization);

  test('a changed role acts at the next call of their apps', async () => {
    const { accessToken } = await connect(manager);
    await as(admin, 'update_member', { member: manager.person.id, role: 'operator' });
    expect(await findAppCaller(stack.dependencies, accessToken, uuid())).toMatchObject({ role: 'operator' });
  });

  test('who is removed loses every app at once, and each revocation is followed to its end', async () => {
    const apps = [await connect(manager), await connect(manager, { clientId: 'another' })];
    const before = stack.workflows.startedRevocations.length;
    await as(admin, 'remove_member', { member: manager.person.id });
    for (const { accessToken } of apps) expect(await isAccepted(accessToken)).toBe(false);
    const started = stack.workflows.startedRevocations.slice(before);
    expect(started.flatMap(({ grantIds }) => grantIds)).toEqual(
      expect.arrayContaining(apps.map(({ caller }) => caller.grantId)),
    );
  });
});
