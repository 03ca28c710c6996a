import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import pg from 'pg';
import type { Caller } from '../../../core/domain/caller.ts';
import { operations } from '../../../core/operations/index.ts';
import { recordAuditEvent } from '../../../core/services/audit.ts';
import { CHANGES_NOTHING } from '../../../core/services/audit-trail.ts';
import { RequestLogUpload } from '../../../core/store/request-log-upload.ts';
import { type TestDependencies, testDependencies } from '../../servers/dependencies.ts';
import { seedAgent, seedApp, seedCaller } from '../../servers/seed.ts';
import { type Answer, call } from '../operations/call.ts';
import { requestLogRow } from '../store/request-log-rows.ts';

let stack: TestDependencies;
let admin: Caller;
let agentId: string;
let writer: pg.Client;
let batch = 0;

beforeAll(async () => {
  stack = await testDependencies();
  admin = await seedCaller(stack.dependencies.database, 'admin');
  agentId = await seedAgent(stack.dependencies.database, admin.organizationId);
  writer = new pg.Client({ connectionString: stack.testDatabase.urls.logWriter });
  await writer.connect();
});
afterAll(async () => {
  await writer?.end();
  await stack?.stop();
});

/** A call that the relay carried, so many seconds ago. */
async function carry(secondsAgo: number, status: number): Promise<string> {
  const { organizationId } = admin;
  const row = requestLogRow({ organizationId, agentId, status, time: Date.now() - secondsAgo * 1_000 });
  await new RequestLogUpload().write(writer, randomUUID(), [{ number: ++batch, rows: [row] }]);
  return row.id;
}

const act = (status: number, name = 'kim@example.test', app: string | null = null) =>
  stack.dependencies.database.inOrganization(admin.organizationId, (transaction) =>
    recordAuditEvent(transaction, {
      actor: { kind: app === null ? 'person' : 'app', id: randomUUID(), name, app, grantId: app && 'grant-1' },
      action: 'create_agent',
      status,
      outcome: status < 400 ? 'succeeded' : status < 500 ? 'refused' : 'failed',
      requestId: randomUUID(),
    }),
  );

const list = (input: object): Promise<Answer> => call(stack.dependencies, admin, 'list_audit_events', input);
const seen = ({ items }: Answer) => items.map(({ action, status }: Answer) => `${action} ${status}`);

test('failed relay calls and failed actions stand in one answer; calls that went well do not', async () => {
  await carry(30, 200);
  await carry(20, 502);
  await carry(10, 404);
  await act(503);
  await act(201);
  expect(seen(await list({ status: '5xx' }))).toEqual(['create_agent 503', 'relay_call 502']);
  expect(seen(await list({ status: '404' }))).toEqual(['relay_call 404']);
  expect(seen(await list({ action: 'relay_call' }))).toEqual(['relay_call 404', 'relay_call 502']);
  expect(seen(await list({ status: '5xx', until: new Date(Date.now() - 15_000).toISOString() }))).toEqual([
    'relay_call 502',
  ]);
});

test('changes are what went well and is no read, however much was read, tried or called since', async () => {
  await call(stack.dependencies, admin, 'create_agent', { name: 'changed-relay', upstream_url: 'https://api.test' });
  for (let round = 0; round < 5; round++)
    await call(stack.dependencies, admin, 'get_agent', { agent: 'changed-relay' });
  await act(403);
  await carry(0, 503);
  const { items, next_cursor } = await list({ changes: true, limit: 1 });
  expect(items).toMatchObject([{ action: 'create_agent', target: { name: 'changed-relay' } }]);
  expect(next_cursor).not.toBeNull();
});

test('the names of operations that change nothing are those of reads and trials', () => {
  const named = operations.filter(({ name }) => CHANGES_NOTHING.test(name));
  expect(operations.filter(({ kind, name }) => kind === 'R' && !CHANGES_NOTHING.test(name))).toEqual([]);
  expect(named.filter(({ kind }) => kind !== 'R').map(({ name }) => name)).toEqual(['test_upstream', 'test_channel']);
});

test('the changes have an index of their own, made of the same names', async () => {
  const { rows } = await writer.query("SELECT indexdef FROM pg_indexes WHERE indexname = 'audit_event_changes'");
  expect(rows).toEqual([{ indexdef: expect.stringContaining(`'${CHANGES_NOTHING.source}'`) }]);
});

test('an actor is found by a part of the name, or of the app that was acted through', async () => {
  await act(201, 'robin@example.test', 'Claude');
  for (const actor of ['ROBIN', 'claude']) {
    const { items } = await list({ actor });
    expect(items).toHaveLength(1);
    expect(items[0].actor).toMatchObject({
      kind: 'app',
      name: 'robin@example.test',
      app: 'Claude',
      grant_id: 'grant-1',
    });
  }
});

test('paging on neither skips nor repeats what was there, while actions and failed calls come in', async () => {
  for (let round = 0; round < 12; round++) {
    await carry(2, 500);
    await act(500);
  }
  const before = (await list({ status: '500', limit: 200 })).items.map(({ id }: Answer) => id);
  const paged: string[] = [];
  for (let cursor: string | undefined; ; ) {
    const { items, next_cursor } = await list({ status: '500', limit: 5, cursor });
    paged.push(...items.map(({ id }: Answer) => id));
    // Comes in late, and stands before or behind the cursor.
    await act(500);
    await carry(0, 500);
    if (next_cursor === null) break;
    cursor = next_cursor;
  }
  expect(before).toHaveLength(24);
  expect(paged).toEqual(before);
});

test('an event names every ID that the call touched, and never what is secret', async () => {
  const { agent, agent_key } = await call(stack.dependencies, admin, 'create_agent', {
    name: 'touched-relay',
    upstream_url: 'https://api.stripe.test',
  });
  const { credential } = await call(stack.dependencies, admin, 'create_credential', {
    name: 'touched-key',
    value: 'sk_live_not_for_the_trail_0123456789',
    allowed_hosts: ['api.stripe.test'],
  });
  const app = await seedApp(stack.dependencies, admin);
  await call(stack.dependencies, app.caller, 'link_credential', {
    agent: 'touched-relay',
    credential: 'touched-key',
  });
  const { items } = await list({ limit: 10 });
  const [linked, createdCredential, createdAgent] = items.filter(
    ({ action }: Answer) => action !== 'list_audit_events',
  );
  expect(createdAgent).toMatchObject({ target: { id: agent.id }, touched: [agent_key.id] });
  expect(linked).toMatchObject({
    action: 'link_credential',
    actor: { app: 'Claude', grant_id: expect.any(String) },
    target: { kind: 'agent', id: agent.id },
    touched: [credential.id],
  });
  expect(createdCredential.arguments.value).toBe('(given)');
});

test('an event of a long-running operation names its workflow, and a replayed answer is told as such', async () => {
  const input = { agent: 'touched-relay', idempotency_key: 'once' };
  const { operation_id } = await call(stack.dependencies, admin, 'delete_agent', input);
  await call(stack.dependencies, admin, 'delete_agent', input);
  const { items } = await list({ action: 'delete_agent' });
  expect(items).toHaveLength(2);
  expect(items[1]).toMatchObject({ operation_id, workflow_id: expect.stringContaining('agent-deletion/') });
  expect(items[0].arguments).toMatchObject({ replayed: true });
});
