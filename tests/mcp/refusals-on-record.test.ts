import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { callMcp, connect, type RunningApp, startApp } from '../servers/connected-app.ts';
import { seedCaller } from '../servers/seed.ts';

let app: RunningApp;
let manager: Awaited<ReturnType<typeof seedCaller>>;
let accessToken: string;

beforeAll(async () => {
  app = await startApp();
  manager = await seedCaller(app.dependencies.database, 'manager');
  accessToken = (await connect(app, manager, { changes: { area_credentials: 'read' } })).tokens.access_token;
});
afterAll(() => app?.stop());

test.each([
  [
    'there is no such tool',
    '',
    'drop_database',
    { all: true },
    { action: 'unknown_tool', status: 404, arguments: { tool: 'drop_database' } },
  ],
  [
    'the address leaves it out',
    '?readonly=1',
    'create_agent',
    { name: 'a' },
    { action: 'create_agent', status: 403, arguments: { name: 'a', left_out: true } },
  ],
  ['the grant lacks the scope', '', 'create_credential', { name: 'a' }, { action: 'create_credential', status: 403 }],
  [
    'its parameters are wrong',
    '',
    'get_agent',
    { agent: 7 },
    { action: 'get_agent', status: 400, arguments: { agent: 7 } },
  ],
  [
    'its parameters hold objects that no schema knows',
    '',
    'list_audit_events',
    { actor: { entry_url: 'https://evil.test/enter' }, action: 'create_agent' },
    { action: 'list_audit_events', status: 400, arguments: { actor: '(not read)', action: 'create_agent' } },
  ],
  ['what it names is not there', '', 'get_agent', { agent: 'gone' }, { action: 'get_agent', status: 404 }],
])(
  'a tool call is on the record when %s: who, through which app and grant',
  async (_why, query, name, input, event) => {
    await callMcp(`${app.url}/api/mcp${query}`, accessToken, {
      method: 'tools/call',
      params: { name, arguments: input },
    });
    const found = await app.dependencies.database.inOrganization(manager.organizationId, (transaction) =>
      transaction.auditEvent.findFirst({ orderBy: { id: 'desc' } }),
    );
    expect(found).toMatchObject({
      ...event,
      outcome: 'refused',
      actorKind: 'app',
      actorId: manager.person.id,
      app: 'Test client',
      grantId: expect.stringMatching(/^[0-9a-f-]{36}$/),
      requestId: expect.stringMatching(/^[0-9a-f-]{36}$/),
    });
  },
);
