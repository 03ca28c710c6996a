import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import * as client2 from '@modelcontextprotocol/client';
import { UnauthorizedError as UnauthorizedError1 } from '@modelcontextprotocol/sdk/client/auth.js';
import { Client as Client1 } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport as Transport1 } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { consent, REDIRECT_URI, type RunningApp, signIn, startApp } from '../servers/connected-app.ts';
import { seedCaller } from '../servers/seed.ts';

let app: RunningApp;
let manager: Awaited<ReturnType<typeof seedCaller>>;

beforeAll(async () => {
  app = await startApp();
  manager = await seedCaller(app.dependencies.database, 'manager');
});
afterAll(() => app.stop());

/** What a client keeps between its sessions; both packages ask for the same. */
function rememberingProvider() {
  const kept: {
    client?: never;
    tokens?: { access_token: string; refresh_token?: string };
    verifier?: string;
    url?: URL;
    discovery?: never;
  } = {};
  return {
    kept,
    redirectUrl: REDIRECT_URI,
    clientMetadata: { client_name: 'Stock client', redirect_uris: [REDIRECT_URI] },
    state: () => 'state-of-the-client',
    clientInformation: () => kept.client,
    saveClientInformation(information: unknown) {
      kept.client = information as never;
    },
    tokens: () => kept.tokens as never,
    saveTokens(tokens: { access_token: string; refresh_token?: string }) {
      kept.tokens = tokens;
    },
    redirectToAuthorization(url: URL) {
      kept.url = url;
    },
    saveCodeVerifier(verifier: string) {
      kept.verifier = verifier;
    },
    codeVerifier: () => kept.verifier ?? '',
    invalidateCredentials(scope: string) {
      if (scope === 'all' || scope === 'tokens') delete kept.tokens;
    },
    saveDiscoveryState(state: unknown) {
      kept.discovery = state as never;
    },
    discoveryState: () => kept.discovery,
  };
}

type Provider = ReturnType<typeof rememberingProvider>;

interface StockClient {
  connect(): Promise<void>;
  finish(callback: URL): Promise<void>;
  listTools(): Promise<{ tools: { name: string }[] }>;
  callTool(call: { name: string; arguments: Record<string, unknown> }): Promise<Record<string, unknown>>;
  /** The protocol's version that client and server settled on. */
  version(): string | undefined;
  close(): Promise<void>;
}

function openSdk1(provider: Provider): StockClient {
  const client = new Client1({ name: 'stock', version: '1' });
  const transport = new Transport1(new URL(`${app.url}/api/mcp`), { authProvider: provider });
  return {
    connect: () => client.connect(transport),
    finish: (callback) => transport.finishAuth(callback.searchParams.get('code') ?? ''),
    listTools: () => client.listTools(),
    callTool: (call) => client.callTool(call),
    version: () => transport.protocolVersion,
    close: () => client.close(),
  };
}

function openClient2(mode: 'legacy' | 'auto') {
  return (provider: Provider): StockClient => {
    const client = new client2.Client({ name: 'stock', version: '2' }, { versionNegotiation: { mode } });
    const transport = new client2.StreamableHTTPClientTransport(new URL(`${app.url}/api/mcp`), {
      authProvider: provider,
    });
    return {
      connect: () => client.connect(transport),
      finish: (callback) => transport.finishAuth(callback.searchParams),
      listTools: () => client.listTools(),
      callTool: (call) => client.callTool(call),
      version: () => client.getNegotiatedProtocolVersion(),
      close: () => client.close(),
    };
  };
}

describe.each([
  ['@modelcontextprotocol/sdk 1.x', openSdk1, UnauthorizedError1, '2025-11-25'],
  ['@modelcontextprotocol/client 2.x, older protocol', openClient2('legacy'), client2.UnauthorizedError, '2025-11-25'],
  ['@modelcontextprotocol/client 2.x, newest protocol', openClient2('auto'), client2.UnauthorizedError, '2026-07-28'],
])('%s', (name, open, unauthorized, version) => {
  test('registers, asks for consent, calls tools, refreshes, and is refused once revoked', async () => {
    const provider = rememberingProvider();
    const first = open(provider);
    await expect(first.connect()).rejects.toBeInstanceOf(unauthorized);
    const callback = await consent(await signIn(app, manager), provider.kept.url ?? '');
    expect(callback.searchParams.get('state')).toBe('state-of-the-client');
    await first.finish(callback);
    await first.close();

    const client = open(provider);
    await client.connect();
    expect(client.version()).toBe(version);
    const { tools } = await client.listTools();
    expect(tools.map((tool) => tool.name)).toContain('create_agent');
    const agent = `relay-${name.replace(/[^a-z0-9]+/g, '-')}`.slice(0, 40).replace(/-$/, '');
    const created = await client.callTool({
      name: 'create_agent',
      arguments: { name: agent, upstream_url: 'https://api.test' },
    });
    expect(created).toMatchObject({ structuredContent: { agent: { name: agent } } });

    const before = provider.kept.tokens;
    provider.kept.tokens = { ...before, access_token: 'expired' };
    const who = await client.callTool({ name: 'whoami', arguments: {} });
    expect(who).toMatchObject({ structuredContent: { organization: { id: manager.organizationId } } });
    expect(provider.kept.tokens?.access_token).not.toBe('expired');
    expect(provider.kept.tokens?.refresh_token).not.toBe(before?.refresh_token);

    await app.dependencies.database.inOrganization(manager.organizationId, (transaction) =>
      transaction.oauthGrant.updateMany({ data: { revokedAt: new Date() } }),
    );
    await expect(client.callTool({ name: 'whoami', arguments: {} })).rejects.toBeInstanceOf(unauthorized);
    await client.close();
  });
});
