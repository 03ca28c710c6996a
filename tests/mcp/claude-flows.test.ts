import { createHash, randomBytes, randomInt } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { API_SCOPES } from '../../core/domain/scopes.ts';
import { askForTokens, consent, mcpAnswer, type RunningApp, signIn, startApp } from '../servers/connected-app.ts';
import { seedCaller } from '../servers/seed.ts';

/** Each of Claude's clients, request by request, as it was seen to connect. */
interface Flow {
  /** How the client comes by its ID. */
  clientId(registrationEndpoint: string): Promise<string>;
  redirectUri: string;
  /** What it sends with each call of a tool: the era of its protocol. */
  headers: Record<string, string>;
  meta: object;
}

const NEWEST_META = {
  'io.modelcontextprotocol/protocolVersion': '2026-07-28',
  'io.modelcontextprotocol/clientInfo': { name: 'claude', version: '1' },
  'io.modelcontextprotocol/clientCapabilities': {},
};
/** RFC 8252 §7.3: a desktop client listens on whichever port is free. */
const randomPort = () => randomInt(20_000, 60_000);
const inspectorsRedirect = `http://localhost:${randomPort()}/callback`;

const FLOWS: Record<string, Flow> = {
  'Claude on the web: a hosted callback, the newer protocol in the body under the older one’s header': {
    clientId: async () => 'https://claude.ai/oauth/mcp-oauth-client-metadata',
    redirectUri: 'https://claude.ai/api/mcp/auth_callback',
    headers: { 'mcp-protocol-version': '2025-11-25' },
    meta: NEWEST_META,
  },
  'Claude on the web, whose callback has moved': {
    clientId: async () => 'https://claude.ai/oauth/mcp-oauth-client-metadata',
    redirectUri: 'https://claude.com/api/mcp/auth_callback',
    headers: { 'mcp-protocol-version': '2025-11-25' },
    meta: {},
  },
  'Claude Code: localhost on a random port, the newest protocol': {
    clientId: async () => 'https://claude.ai/oauth/claude-code-client-metadata',
    redirectUri: `http://localhost:${randomPort()}/callback`,
    headers: { 'mcp-protocol-version': '2026-07-28', 'mcp-method': 'tools/call', 'mcp-name': 'whoami' },
    meta: NEWEST_META,
  },
  'Claude Code: 127.0.0.1 on a random port': {
    clientId: async () => 'https://claude.ai/oauth/claude-code-client-metadata',
    redirectUri: `http://127.0.0.1:${randomPort()}/callback`,
    headers: { 'mcp-protocol-version': '2025-11-25' },
    meta: {},
  },
  'a client that registers itself, with more than we know of': {
    clientId: (registrationEndpoint) => register(registrationEndpoint, inspectorsRedirect),
    redirectUri: inspectorsRedirect,
    headers: { 'mcp-protocol-version': '2025-11-25' },
    meta: {},
  },
};

async function register(endpoint: string, redirectUri: string): Promise<string> {
  const response = await fetch(endpoint, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      client_name: 'Claude',
      redirect_uris: [redirectUri],
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'],
      token_endpoint_auth_method: 'none',
      scope: 'claudeai openid agents:read',
    }),
  });
  expect(response.status).toBe(201);
  return ((await response.json()) as { client_id: string }).client_id;
}

let app: RunningApp;
beforeAll(async () => {
  app = await startApp();
});
afterAll(() => app.stop());

async function json(url: string): Promise<Record<string, string> & { scopes_supported: string[] }> {
  return (await fetch(url)).json() as never;
}

describe.each(Object.entries(FLOWS))('%s', (_name, flow) => {
  test('is led from the address alone to its tools, and stays connected by refreshing', async () => {
    const mcpUrl = `${app.url}/api/mcp`;
    const manager = await seedCaller(app.dependencies.database, 'manager');

    // From the address to the authorization server: RFC 9728, then RFC 8414.
    const refused = await fetch(mcpUrl, { method: 'POST', headers: flow.headers, body: '{}' });
    expect(refused.status).toBe(401);
    const challenge = refused.headers.get('www-authenticate') ?? '';
    const resource = await json(/resource_metadata="([^"]+)"/.exec(challenge)?.[1] ?? '');
    expect(resource.resource).toBe(mcpUrl);
    const [issuer] = resource.authorization_servers as unknown as string[];
    const server = await json(`${issuer}/.well-known/oauth-authorization-server`);
    expect(server).toMatchObject({
      issuer,
      code_challenge_methods_supported: ['S256'],
      client_id_metadata_document_supported: true,
      authorization_response_iss_parameter_supported: true,
    });

    // The person's browser, there and back.
    const clientId = await flow.clientId(server.registration_endpoint ?? '');
    const verifier = randomBytes(32).toString('base64url');
    const authorize = new URL(server.authorization_endpoint ?? '');
    authorize.search = new URLSearchParams({
      response_type: 'code',
      client_id: clientId,
      redirect_uri: flow.redirectUri,
      scope: /scope="([^"]+)"/.exec(challenge)?.[1] ?? '',
      resource: mcpUrl,
      state: 'state-of-the-client',
      code_challenge: createHash('sha256').update(verifier).digest('base64url'),
      code_challenge_method: 'S256',
    }).toString();
    const callback = await consent(await signIn(app, manager), authorize);
    expect(`${callback.origin}${callback.pathname}`).toBe(flow.redirectUri);
    expect(Object.fromEntries(callback.searchParams)).toMatchObject({ state: 'state-of-the-client', iss: issuer });

    // Tokens for this resource, a tool, and fresh tokens.
    const { status, body: tokens } = await askForTokens(app.url, {
      grant_type: 'authorization_code',
      client_id: clientId,
      redirect_uri: flow.redirectUri,
      code: callback.searchParams.get('code') ?? '',
      code_verifier: verifier,
      resource: mcpUrl,
    });
    expect(status).toBe(200);
    expect(tokens.scope.split(' ')).toEqual(expect.arrayContaining([...API_SCOPES]));
    expect(await whoami(tokens.access_token, flow)).toBe(manager.organizationId);
    const refreshed = await askForTokens(app.url, {
      grant_type: 'refresh_token',
      client_id: clientId,
      refresh_token: tokens.refresh_token,
      resource: mcpUrl,
    });
    expect(await whoami(refreshed.body.access_token, flow)).toBe(manager.organizationId);
  });
});

async function whoami(accessToken: string, { headers, meta }: Flow): Promise<unknown> {
  const response = await fetch(`${app.url}/api/mcp`, {
    method: 'POST',
    headers: {
      ...headers,
      authorization: `Bearer ${accessToken}`,
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
    },
    body: JSON.stringify({
      jsonrpc: '2.0',
      id: 1,
      method: 'tools/call',
      params: { name: 'whoami', arguments: {}, _meta: meta },
    }),
  });
  const { result } = await mcpAnswer(response);
  return (result?.structuredContent as { organization: { id: string } } | undefined)?.organization.id;
}
