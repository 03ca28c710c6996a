import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Caller } from '../../../core/domain/caller.ts';
import { type TestDependencies, testDependencies } from '../../servers/dependencies.ts';
import { seedCaller } from '../../servers/seed.ts';
import { call, throughApp } from './call.ts';

let stack: TestDependencies;
let admin: Caller;
beforeAll(async () => {
  stack = await testDependencies();
  admin = await seedCaller(stack.dependencies.database, 'admin');
});
afterAll(() => stack?.stop());

const deep = JSON.parse('['.repeat(100_000) + ']'.repeat(100_000)) as unknown;

test.each([
  ['a plain name (control)', 'x'],
  ['a NUL', '\u0000'],
  ['half a surrogate pair', '\ud800'],
  ['very deep JSON', deep],
])('a refused attempt is on the record, also with %s in its input', async (_what, agent) => {
  const { dependencies } = stack;
  const app = throughApp(admin, ['agents:read']);
  const count = () =>
    dependencies.database.inOrganization(admin.organizationId, (transaction) => transaction.auditEvent.count());
  const before = await count();
  await expect(call(dependencies, app, 'delete_agent', { agent })).rejects.toMatchObject({
    code: 'insufficient_scope',
  });
  expect(await count()).toBe(before + 1);
});

test.each([
  ['list_agents', { q: '\u0000' }],
  ['list_agents', { cursor: Buffer.from(JSON.stringify(['', '-'.repeat(36)])).toString('base64url') }],
  [
    'list_audit_events',
    { cursor: Buffer.from(JSON.stringify(['never', '01998c5e-7d3a-7b1e-9c55-0d6f3a1b2c4d'])).toString('base64url') },
  ],
  ['get_agent', { agent: '\u0000' }],
  ['create_credential', { name: 'nul', provider: 'a\u0000b' }],
  ['create_credential', { name: 'surrogate', labels: ['a\ud800b'] }],
])('bad input is told, never a 500: %s %j', async (name, input) => {
  const outcome = call(stack.dependencies, admin, name, input).then(
    () => 'answered',
    (error: unknown) => (error as { code?: string }).code,
  );
  expect(['answered', 'invalid_request', 'not_found']).toContain(await outcome);
});
