import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import * as client2 from '@modelcontextprotocol/client';
import { Client as Client1 } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport as Transport1 } from '@modelcontextprotocol/sdk/client/streamableHttp.js';

/** A stock client's journey: it is sent to sign in, a person allows, and it calls tools. */
export interface ConnectedClient {
  listTools(): Promise<string[]>;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every tool
  call(name: string, input?: Record<string, unknown>): Promise<any>;
  close(): Promise<void>;
}

/** Opens the address in a browser and lets the person decide. */
export type Person = (authorizationUrl: URL) => Promise<void>;

/** The loopback address that a desktop client listens on for its authorization code. */
async function listenForCode(): Promise<{ redirectUrl: string; code: Promise<URLSearchParams>; close(): void }> {
  const { promise, resolve } = Promise.withResolvers<URLSearchParams>();
  const server = createServer((request, response) => {
    resolve(new URL(request.url ?? '/', 'http://localhost').searchParams);
    response.end('You can close this tab.');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    redirectUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/callback`,
    code: promise,
    close: () => server.closeAllConnections() ?? server.close(),
  };
}

/** What every OAuth client of the two packages keeps between its steps; memory is enough for a test. */
function memoryProvider(redirectUrl: string, name: string) {
  const kept: Record<string, unknown> = {};
  return {
    kept,
    redirectUrl,
    clientMetadata: {
      client_name: name,
      redirect_uris: [redirectUrl],
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'],
      token_endpoint_auth_method: 'none',
    },
    clientInformation: () => kept.client as never,
    saveClientInformation: (client: unknown) => {
      kept.client = client;
    },
    tokens: () => kept.tokens as never,
    saveTokens: (tokens: unknown) => {
      kept.tokens = tokens;
    },
    redirectToAuthorization: (url: URL) => {
      kept.authorizationUrl = url;
    },
    saveCodeVerifier: (verifier: string) => {
      kept.verifier = verifier;
    },
    codeVerifier: () => kept.verifier as string,
  };
}

interface ToolAnswer {
  isError?: boolean;
  structuredContent?: unknown;
  content: unknown;
}

function readAnswer(name: string, answer: ToolAnswer): unknown {
  if (answer.isError) throw new Error(`${name}: ${JSON.stringify(answer.content)}`);
  return answer.structuredContent;
}

/** `@modelcontextprotocol/sdk` 1.x: registration, PKCE, consent, `initialize`. */
export async function connectSdk1(mcpUrl: string, person: Person): Promise<ConnectedClient> {
  const listener = await listenForCode();
  const provider = memoryProvider(listener.redirectUrl, 'SDK 1 client');
  const open = () => new Transport1(new URL(mcpUrl), { authProvider: provider });
  const client = new Client1({ name: 'sdk-1', version: '1.0.0' });
  const first = open();
  // The first try ends in the browser: that is what it is for.
  const refused = await client.connect(first).catch((error: unknown) => error);
  if (provider.kept.authorizationUrl === undefined) throw refused;
  await person(provider.kept.authorizationUrl as URL);
  await first.finishAuth((await listener.code).get('code') ?? '');
  listener.close();
  await client.connect(open());
  return {
    listTools: async () => (await client.listTools()).tools.map(({ name }) => name),
    call: async (name, input = {}) =>
      readAnswer(name, (await client.callTool({ name, arguments: input })) as ToolAnswer),
    close: () => client.close(),
  };
}

/**
 * `@modelcontextprotocol/client` 2.x: the same, in the newest era that the server speaks.
 * @param clientId of a client that the server knows, which then does not register
 */
export async function connectClient2(mcpUrl: string, person: Person, clientId?: string): Promise<ConnectedClient> {
  const listener = await listenForCode();
  const provider = memoryProvider(listener.redirectUrl, 'Client 2');
  if (clientId !== undefined) provider.saveClientInformation({ client_id: clientId });
  const open = () => new client2.StreamableHTTPClientTransport(new URL(mcpUrl), { authProvider: provider });
  const client = new client2.Client({ name: 'client-2', version: '1.0.0' });
  const first = open();
  const refused = await client.connect(first).catch((error: unknown) => error);
  if (provider.kept.authorizationUrl === undefined) throw refused;
  await person(provider.kept.authorizationUrl as URL);
  await first.finishAuth(await listener.code);
  listener.close();
  await client.connect(open());
  return {
    listTools: async () => (await client.listTools()).tools.map(({ name }) => name),
    call: async (name, input = {}) =>
      readAnswer(name, (await client.callTool({ name, arguments: input })) as ToolAnswer),
    close: () => client.close(),
  };
}
