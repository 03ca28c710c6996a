import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createApp } from '../../api/app.ts';
import type { Dependencies } from '../../core/dependencies.ts';
import type { Caller } from '../../core/domain/caller.ts';
import type { OperationDefinition } from '../../core/operations/define-operation.ts';
import { operations } from '../../core/operations/index.ts';
import { createSession } from '../../core/services/sessions.ts';
import { createMcpRouter, type StandIn } from '../../mcp/router.ts';
import { formFields, openBrowser, type TestBrowser } from './browser.ts';
import { type TestDependencies, testDependencies } from './dependencies.ts';

export const REDIRECT_URI = 'http://127.0.0.1:43210/callback';

export interface RunningApp {
  url: string;
  dependencies: Dependencies;
  testDatabase: TestDependencies['testDatabase'];
  stop(): Promise<void>;
}

/**
 * The real app over HTTP on loopback, on a database of its own.
 * @param environment settings that differ from their defaults
 * @param tools what MCP clients may call, where it is not the registry
 * @param standIn the MCP server, where it is not the product's
 */
export async function startApp(
  environment: NodeJS.ProcessEnv = {},
  tools: readonly OperationDefinition[] = operations,
  standIn?: StandIn,
): Promise<RunningApp> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://localhost:${(server.address() as AddressInfo).port}`;
  const { dependencies, testDatabase, stop } = await testDependencies({
    environment: { AGENTGATEWAY_PUBLIC_URL: url, ...environment },
  });
  server.on('request', await createApp(dependencies, createMcpRouter(dependencies, tools, standIn)));
  return {
    url,
    dependencies,
    testDatabase,
    async stop() {
      await close(server);
      await stop();
    },
  };
}

async function close(server: Server): Promise<void> {
  server.closeAllConnections();
  server.close();
  await once(server, 'close');
}

/** A browser in which a person has signed in; in one that is given, instead of whoever was. */
export async function signIn(
  { url, dependencies }: Pick<RunningApp, 'url'> & { dependencies: Pick<Dependencies, 'database'> },
  { person }: Pick<Caller, 'person'>,
  browser: TestBrowser = openBrowser(url),
): Promise<TestBrowser> {
  const presented = await dependencies.database.inInstance((transaction) =>
    createSession(transaction, person.id, { address: '127.0.0.1', userAgent: 'test' }),
  );
  browser.setCookie('ag_session', presented);
  return browser;
}

/** Opens an authorization request and stops at its consent page. */
export async function openConsent(
  browser: TestBrowser,
  authorizeUrl: string | URL,
): Promise<{ path: string; page: Response }> {
  const started = await browser.get(authorizeUrl);
  const path = started.headers.get('location') ?? '';
  if (!path.startsWith('/oauth/interaction/'))
    throw new Error(`No consent: ${started.status} ${path} ${await started.text()}`);
  return { path, page: await browser.get(path) };
}

/** Answers a consent page as it stands, but for `changes`. @returns where the browser is sent in the end */
export async function consent(
  browser: TestBrowser,
  authorizeUrl: string | URL,
  changes: Record<string, string> = {},
): Promise<URL> {
  const { path, page } = await openConsent(browser, authorizeUrl);
  const fields = { ...formFields(await page.text(), path), decision: 'allow', ...changes };
  const answered = await browser.post(path, fields);
  if (answered.status !== 303) throw new Error(`The consent failed: ${answered.status} ${await answered.text()}`);
  const resumed = await browser.get(answered.headers.get('location') ?? '');
  return new URL(resumed.headers.get('location') ?? '');
}

export async function registerClient(url: string, metadata: Record<string, unknown> = {}): Promise<string> {
  const response = await fetch(`${url}/oauth/register`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ client_name: 'Test client', redirect_uris: [REDIRECT_URI], ...metadata }),
  });
  const body = (await response.json()) as { client_id: string };
  if (response.status !== 201) throw new Error(`The registration failed: ${JSON.stringify(body)}`);
  return body.client_id;
}

export interface AuthorizationRequest {
  url: URL;
  verifier: string;
}

export function authorizationRequest(
  url: string,
  clientId: string,
  parameters: Record<string, string> = {},
): AuthorizationRequest {
  const verifier = randomBytes(32).toString('base64url');
  const address = new URL('/oauth/authorize', url);
  address.search = new URLSearchParams({
    response_type: 'code',
    client_id: clientId,
    redirect_uri: REDIRECT_URI,
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
    state: 'kept',
    ...parameters,
  }).toString();
  return { url: address, verifier };
}

export interface TokenAnswer {
  status: number;
  body: { access_token: string; refresh_token: string; expires_in: number; scope: string; error?: string };
}

export async function askForTokens(url: string, fields: Record<string, string>): Promise<TokenAnswer> {
  const response = await fetch(`${url}/oauth/token`, { method: 'POST', body: new URLSearchParams(fields) });
  return { status: response.status, body: (await response.json()) as TokenAnswer['body'] };
}

/** Registers a client, asks a person for consent and exchanges the code. */
export async function connect(
  app: RunningApp,
  person: Pick<Caller, 'person'>,
  { parameters = {}, changes = {} }: { parameters?: Record<string, string>; changes?: Record<string, string> } = {},
) {
  const clientId = await registerClient(app.url);
  const browser = await signIn(app, person);
  const request = authorizationRequest(app.url, clientId, parameters);
  const redirected = await consent(browser, request.url, changes);
  const exchange = {
    grant_type: 'authorization_code',
    client_id: clientId,
    redirect_uri: REDIRECT_URI,
    code: redirected.searchParams.get('code') ?? '',
    code_verifier: request.verifier,
  };
  const tokens = await askForTokens(app.url, exchange);
  if (tokens.status !== 200) throw new Error(`No tokens: ${JSON.stringify(tokens.body)}`);
  return { clientId, browser, redirected, exchange, tokens: tokens.body };
}

/** One JSON-RPC message to the MCP server, as an older client sends it. */
export function callMcp(
  url: string,
  accessToken: string,
  message: object,
  headers: Record<string, string> = {},
  signal?: AbortSignal,
) {
  const target = new URL(url);
  if (target.pathname === '/') target.pathname = '/api/mcp';
  return fetch(target, {
    method: 'POST',
    signal: signal ?? null,
    headers: {
      authorization: `Bearer ${accessToken}`,
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      ...headers,
    },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, ...message }),
  });
}

/** The result or error of a message, however the answer was streamed. */
export async function mcpAnswer(
  response: Response,
): Promise<{ result?: Record<string, unknown>; error?: { code: number; message: string } }> {
  const text = await response.text();
  const data = /^data: (.*)$/m.exec(text)?.[1];
  return JSON.parse(data ?? text);
}
