import { request as httpRequest } from 'node:http';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { API_SCOPES } from '../../core/domain/scopes.ts';
import { callMcp, connect, mcpAnswer, type RunningApp, startApp } from '../servers/connected-app.ts';
import { seedCaller } from '../servers/seed.ts';

let app: RunningApp;
let manager: Awaited<ReturnType<typeof seedCaller>>;
let accessToken: string;

beforeAll(async () => {
  app = await startApp();
  manager = await seedCaller(app.dependencies.database, 'manager');
  accessToken = (await connect(app, manager)).tokens.access_token;
});
afterAll(() => app.stop());

const AGENT_OF_BATCH = { name: 'of-a-batch', upstream_url: 'https://api.test' };
/** The newer protocol in the body; tests send it under a header of the older one. */
const MIXED_ERAS = {
  method: 'tools/list',
  params: {
    _meta: {
      'io.modelcontextprotocol/protocolVersion': '2026-07-28',
      'io.modelcontextprotocol/clientInfo': { name: 'hosted', version: '1' },
      'io.modelcontextprotocol/clientCapabilities': {},
    },
  },
};

const call = (name: string, input: object = {}) => ({ method: 'tools/call', params: { name, arguments: input } });

async function toolNames(presented: string, query = ''): Promise<string[]> {
  const { result } = await mcpAnswer(await callMcp(`${app.url}/api/mcp${query}`, presented, { method: 'tools/list' }));
  const { tools } = result as { tools: { name: string }[] };
  return tools.map(({ name }) => name);
}

describe('who may call', () => {
  test('without an access token the challenge leads to the metadata and names every scope', async () => {
    const response = await fetch(`${app.url}/api/mcp`, { method: 'POST', body: '{}' });
    expect(response.status).toBe(401);
    const challenge = response.headers.get('www-authenticate') ?? '';
    expect(challenge).toContain(`resource_metadata="${app.url}/.well-known/oauth-protected-resource/api/mcp"`);
    expect(challenge).toContain(`scope="${API_SCOPES.join(' ')}"`);
  });

  test('a grant that has taken its calls is told to wait, and nobody else is', async () => {
    const presented = (await connect(app, manager)).tokens.access_token;
    const { organizationId } = manager;
    await app.dependencies.database.inOrganization(organizationId, async (transaction) => {
      const { id } = await transaction.oauthGrant.findFirstOrThrow({ orderBy: { createdAt: 'desc' } });
      const takenUntil = new Date(Date.now() + 60_000);
      await transaction.grantCalls.create({ data: { grantId: id, organizationId, takenUntil } });
    });
    const response = await callMcp(app.url, presented, { method: 'ping' });
    expect(response.status).toBe(429);
    expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(30);
    expect(await response.json()).toMatchObject({ id: 1, error: { message: expect.stringMatching(/Wait \d+ s/) } });
    const log = jest.spyOn(app.dependencies.log, 'info');
    for (const [message, headers] of [
      [{ id: 'of-no-question', result: {} }, {}],
      [{ id: undefined, method: 'notifications/cancelled', params: { requestId: 1 } }, {}],
      [{ method: 'ping' }, { 'mcp-session-id': 'made-up' }],
      [MIXED_ERAS, { 'mcp-protocol-version': '2025-11-25' }],
    ] as const) {
      expect((await callMcp(app.url, presented, message, headers)).status).toBe(429);
    }
    expect(log).not.toHaveBeenCalled();
    log.mockRestore();
    expect((await callMcp(app.url, accessToken, { method: 'ping' })).status).toBe(200);
  });

  test('a batch is refused, and nothing in it is done', async () => {
    const batch = [1, 2].map((id) => ({ jsonrpc: '2.0', id, ...call('create_agent', AGENT_OF_BATCH) }));
    const response = await fetch(`${app.url}/api/mcp`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${accessToken}`,
        'content-type': 'application/json',
        accept: 'application/json, text/event-stream',
      },
      body: JSON.stringify(batch),
    });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ error: { code: -32600 } });
    const made = await app.dependencies.database.inOrganization(manager.organizationId, (transaction) =>
      transaction.agent.count({ where: { name: AGENT_OF_BATCH.name } }),
    );
    expect(made).toBe(0);
  });

  test('an API token is no access token', async () => {
    expect((await callMcp(app.url, `agt_${'x'.repeat(32)}`, { method: 'tools/list' })).status).toBe(401);
  });

  test.each([
    ['Host', { host: 'evil.test' }],
    ['Origin', { origin: 'https://evil.test' }],
  ])('DNS rebinding: a foreign %s is refused', async (_name, headers) => {
    const status = await new Promise<number | undefined>((resolve, reject) => {
      const request = httpRequest(`${app.url}/api/mcp`, {
        method: 'POST',
        headers: { authorization: `Bearer ${accessToken}`, 'content-type': 'application/json', ...headers },
      });
      request.on('response', (response) => resolve(response.resume().statusCode));
      request.on('error', reject);
      request.end('{}');
    });
    expect(status).toBe(403);
  });
});

describe('which tools are listed', () => {
  test('for people and REST alone: none of them', async () => {
    const names = await toolNames(accessToken);
    expect(names).toEqual(expect.arrayContaining(['whoami', 'list_agents', 'create_agent', 'get_operation']));
    expect(names).not.toContain('list_members');
    expect(names).not.toContain('revoke_connected_app');
  });

  test('?readonly=1 leaves reading, ?areas= the areas named', async () => {
    const reading = await toolNames(accessToken, '?readonly=1');
    expect(reading).toContain('list_agents');
    expect(reading).not.toContain('create_agent');
    const credentials = await toolNames(accessToken, '?areas=credentials');
    expect(credentials).toContain('create_credential');
    expect(credentials).not.toContain('list_agents');
    const hidden = await mcpAnswer(await callMcp(`${app.url}/api/mcp?readonly=1`, accessToken, call('create_agent')));
    expect(hidden.result).toMatchObject({ isError: true });
    for (const mistyped of ['areas=agent', 'read_only=1']) {
      const response = await callMcp(`${app.url}/api/mcp?${mistyped}`, accessToken, { method: 'tools/list' });
      expect(response.status).toBe(400);
    }
  });

  test('an operator sees no tool that changes anything, and is told who can help', async () => {
    const operator = await seedCaller(app.dependencies.database, 'operator');
    const { tokens } = await connect(app, operator);
    const names = await toolNames(tokens.access_token);
    expect(names).toContain('list_agents');
    expect(names).not.toContain('create_agent');
    const { result } = await mcpAnswer(
      await callMcp(app.url, tokens.access_token, call('delete_agent', { agent: 'x' })),
    );
    expect(result).toMatchObject({
      isError: true,
      content: [{ text: expect.stringContaining('Ask an organization admin') }],
    });
  });

  test('an area granted reading lists its writing tools, and calling one asks for the scope', async () => {
    const { tokens } = await connect(app, manager, { changes: { area_agents: 'read', area_credentials: 'none' } });
    const names = await toolNames(tokens.access_token);
    expect(names).toContain('create_agent');
    expect(names).not.toContain('list_credentials');
    const response = await callMcp(
      app.url,
      tokens.access_token,
      call('create_agent', { name: 'a', upstream_url: 'api.test' }),
    );
    expect(response.status).toBe(403);
    const challenge = response.headers.get('www-authenticate') ?? '';
    expect(challenge).toContain('error="insufficient_scope"');
    expect(challenge).toMatch(/scope="[^"]*agents:read[^"]*agents:write"/);
    const events = await app.dependencies.database.inOrganization(manager.organizationId, (transaction) =>
      transaction.auditEvent.findMany({
        where: { action: 'create_agent', status: 403, arguments: { path: ['name'], equals: 'a' } },
      }),
    );
    expect(events).toHaveLength(1);
    const hidden = await mcpAnswer(await callMcp(app.url, tokens.access_token, call('list_credentials')));
    expect(hidden.result).toMatchObject({
      isError: true,
      content: [{ text: expect.stringContaining('credentials:read') }],
    });
  });
});

describe('calling tools', () => {
  test('the answer is structured content and a text; the audit trail names person, app and grant', async () => {
    const created = await mcpAnswer(
      await callMcp(
        app.url,
        accessToken,
        call('create_agent', { name: 'stripe-relay', upstream_url: 'api.stripe.com', rate_limit_rpm: 300 }),
      ),
    );
    expect(created.result).toMatchObject({
      structuredContent: { agent: { name: 'stripe-relay', rate_limit: { rpm: 300 } } },
    });
    expect(JSON.stringify(created)).not.toMatch(/agk_[0-9A-Za-z]{32}/);
    const [event] = await app.dependencies.database.inOrganization(manager.organizationId, (transaction) =>
      transaction.auditEvent.findMany({ where: { action: 'create_agent', outcome: 'succeeded' } }),
    );
    expect(event).toMatchObject({ actorKind: 'app', actorName: manager.person.email, app: 'Test client' });
    expect(event?.grantId).toMatch(/^[0-9a-f-]{36}$/);
  });

  test('a wrong input is a tool error that names the member', async () => {
    const { result } = await mcpAnswer(
      await callMcp(app.url, accessToken, call('list_agents', { limit: 999, color: 'red' })),
    );
    expect(result).toMatchObject({ isError: true, content: [{ text: expect.stringMatching(/limit.*color/s) }] });
  });

  test('an unknown tool is a protocol error', async () => {
    const { error } = await mcpAnswer(await callMcp(app.url, accessToken, call('no_such_tool')));
    expect(error).toMatchObject({ code: -32602 });
  });

  test('a list longer than the text is whole in the structured content', async () => {
    for (let index = 0; index < 30; index++) {
      const name = `relay-${index}`;
      await (
        await callMcp(app.url, accessToken, call('create_agent', { name, upstream_url: 'https://api.test' }))
      ).text();
    }
    const { result } = await mcpAnswer(await callMcp(app.url, accessToken, call('list_agents', { limit: 30 })));
    const { structuredContent, content } = result as {
      structuredContent: { items: unknown[] };
      content: { text: string }[];
    };
    expect(structuredContent.items).toHaveLength(30);
    expect(content[0]?.text).toContain('of 30 items are shown here');
    expect(content[0]?.text.length).toBeLessThan(4_500);
  });
});

describe('the quirks of clients', () => {
  test('Accept: */* is taken for both types', async () => {
    const response = await callMcp(app.url, accessToken, { method: 'tools/list' }, { accept: '*/*' });
    expect(response.status).toBe(200);
  });

  test('the newer protocol in the body under the older one’s header is answered as the newer', async () => {
    const response = await callMcp(app.url, accessToken, MIXED_ERAS, { 'mcp-protocol-version': '2025-11-25' });
    expect(response.status).toBe(200);
    expect((await mcpAnswer(response)).result).toMatchObject({ ttlMs: 60_000, cacheScope: 'private' });
  });

  test('a version of any length fills no log', async () => {
    const log = jest.spyOn(app.dependencies.log, 'info');
    const meta = { 'io.modelcontextprotocol/protocolVersion': `2026-${'x'.repeat(50_000)}` };
    const message = { method: 'tools/list', params: { _meta: meta } };
    await (await callMcp(app.url, accessToken, message, { 'mcp-protocol-version': '2025-11-25' })).text();
    expect(log).toHaveBeenCalled();
    expect(JSON.stringify(log.mock.calls).length).toBeLessThan(1_000);
    log.mockRestore();
  });

  test.each([
    ['broken JSON', '{', 400],
    ['too much of it', `{"a":"${'x'.repeat(1_100_000)}"}`, 413],
  ])('%s is told as JSON-RPC', async (_name, body, status) => {
    const response = await fetch(`${app.url}/api/mcp`, {
      method: 'POST',
      headers: { authorization: `Bearer ${accessToken}`, 'content-type': 'application/json' },
      body,
    });
    expect(response.status).toBe(status);
    expect(await response.json()).toMatchObject({ jsonrpc: '2.0', error: { code: expect.any(Number) } });
  });
});
