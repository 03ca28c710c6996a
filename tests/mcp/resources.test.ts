import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { callMcp, connect, mcpAnswer, type RunningApp, startApp } from '../servers/connected-app.ts';
import { addMember, seedAgent, seedCaller } from '../servers/seed.ts';
import { ERAS, openClient } from './open-client.ts';

let app: RunningApp;
let manager: Awaited<ReturnType<typeof seedCaller>>;
let accessToken: string;

beforeAll(async () => {
  app = await startApp();
  const { database } = app.dependencies;
  manager = await seedCaller(database, 'manager');
  for (const name of ['openai-relay', 'stripe-relay']) await seedAgent(database, manager.organizationId, name);
  accessToken = (await connect(app, manager)).tokens.access_token;
  await callMcp(app.url, accessToken, {
    method: 'tools/call',
    params: { name: 'create_credential', arguments: { name: 'stripe-prod-key' } },
  });
});
afterAll(() => app.stop());

describe.each(ERAS)('a client of %s', (_version, mode) => {
  test('lists agents and credentials, page by page, and reads each by its URI', async () => {
    const client = await openClient(app, accessToken, { mode });
    const { resources } = await client.listResources();
    expect(resources.map(({ uri }) => uri)).toEqual([
      'agentgateway://agents/openai-relay',
      'agentgateway://agents/stripe-relay',
      'agentgateway://credentials/stripe-prod-key',
    ]);
    const { contents } = await client.readResource({ uri: 'agentgateway://agents/stripe-relay' });
    expect(JSON.parse((contents[0] as { text: string }).text)).toMatchObject({
      name: 'stripe-relay',
      upstream_url: 'https://api.stripe.test',
    });
    await client.close();
  });

  test('completes the variables of the templates', async () => {
    const client = await openClient(app, accessToken, { mode });
    const { resourceTemplates } = await client.listResourceTemplates();
    expect(resourceTemplates.map(({ uriTemplate }) => uriTemplate)).toEqual([
      'agentgateway://agents/{agent}',
      'agentgateway://credentials/{credential}',
      'agentgateway://operations/{operation}',
    ]);
    const { completion } = await client.complete({
      ref: { type: 'ref/resource', uri: 'agentgateway://agents/{agent}' },
      argument: { name: 'agent', value: 'str' },
    });
    expect(completion).toMatchObject({ values: ['stripe-relay'], hasMore: false });
    await client.close();
  });
});

test.each([
  ['unknown', 'agentgateway://agents/no-such-agent'],
  ['of another scheme', 'file:///etc/passwd'],
])('a resource that is %s is not found, and the error says what there is', async (_name, uri) => {
  const { error } = await mcpAnswer(await callMcp(app.url, accessToken, { method: 'resources/read', params: { uri } }));
  expect(error).toMatchObject({ code: -32602, message: expect.stringMatching(/agent/) });
});

test('resources follow scopes, role and organization as tools do', async () => {
  const { tokens } = await connect(app, manager, { changes: { area_credentials: 'none' } });
  const read = (presented: string, uri: string) =>
    callMcp(app.url, presented, { method: 'resources/read', params: { uri } }).then(mcpAnswer);
  const { result } = await mcpAnswer(await callMcp(app.url, tokens.access_token, { method: 'resources/list' }));
  expect(JSON.stringify(result)).not.toContain('credentials');
  expect((await read(tokens.access_token, 'agentgateway://credentials/stripe-prod-key')).error).toMatchObject({
    code: -32602,
    message:
      'There is no such resource. What this connection can read: agentgateway://agents/{agent}, agentgateway://operations/{operation}.',
  });

  const operator = await addMember(app.dependencies.database, manager, 'operator');
  const reading = (await connect(app, operator)).tokens.access_token;
  expect((await read(reading, 'agentgateway://agents/stripe-relay')).result).toBeDefined();

  const stranger = await seedCaller(app.dependencies.database, 'admin');
  const foreign = (await connect(app, stranger)).tokens.access_token;
  expect((await read(foreign, 'agentgateway://agents/stripe-relay')).error).toMatchObject({
    code: -32602,
    message: 'not_found: There is no agent "stripe-relay" in this organization. List the agents to see their names.',
  });
});
