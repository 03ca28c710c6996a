import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import express from 'express';
import { createConsentRouter } from '../../../api/oauth/consent.ts';
import { createAuthorizationServer } from '../../../api/oauth/provider.ts';
import { askForTokens, authorizationRequest, consent, REDIRECT_URI, signIn } from '../../servers/connected-app.ts';
import { type TestDependencies, testDependencies } from '../../servers/dependencies.ts';
import { type DocumentServer, startDocumentServer } from '../../servers/document-server.ts';
import { seedCaller } from '../../servers/seed.ts';

let served: DocumentServer;
let server: Server;
let url: string;
let made: TestDependencies;

beforeAll(async () => {
  served = await startDocumentServer();
  server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  url = `http://localhost:${(server.address() as AddressInfo).port}`;
  made = await testDependencies({ environment: { AGENTGATEWAY_PUBLIC_URL: url } });
});
afterAll(async () => {
  server?.closeAllConnections();
  server?.close();
  await made?.stop();
  await served?.stop();
});

/** What an app process remembers of documents is gone. */
async function restart(): Promise<void> {
  const provider = await createAuthorizationServer(made.dependencies, served.fetchDocument);
  const app = express();
  app.use(createConsentRouter(made.dependencies, provider), provider.callback());
  server.removeAllListeners('request').on('request', app);
}

test('while the host of its document is away, an app that was allowed stays connected', async () => {
  const { clientId } = served;
  served.answer.document = { client_id: clientId, client_name: 'Published app', redirect_uris: [REDIRECT_URI] };
  await restart();
  const app = { url, dependencies: made.dependencies, testDatabase: made.testDatabase, stop: async () => {} };
  const browser = await signIn(app, await seedCaller(made.dependencies.database));
  const asked = { scope: 'agents:read offline_access', prompt: 'consent' };
  const request = authorizationRequest(url, clientId, asked);
  const redirected = await consent(browser, request.url);
  const { body } = await askForTokens(url, {
    grant_type: 'authorization_code',
    client_id: clientId,
    redirect_uri: REDIRECT_URI,
    code: redirected.searchParams.get('code') ?? '',
    code_verifier: request.verifier,
  });
  const refresh = () =>
    askForTokens(url, { grant_type: 'refresh_token', client_id: clientId, refresh_token: body.refresh_token });

  served.answer.status = 503;
  await restart();
  expect((await refresh()).status).toBe(200);

  // What its host takes back is no client any more.
  served.answer.status = 404;
  await restart();
  expect((await refresh()).body.error).toBe('invalid_client');
});

test('of an app that nobody allowed anything, no document is kept', async () => {
  const unknown = `${served.clientId}?another`;
  served.answer = { status: 200, document: { client_id: unknown, redirect_uris: [REDIRECT_URI] } };
  await restart();
  const { url: address } = authorizationRequest(url, unknown, { scope: 'agents:read' });
  expect((await fetch(address, { redirect: 'manual' })).status).toBe(303);
  served.answer.status = 503;
  await restart();
  expect((await fetch(address, { redirect: 'manual' })).status).toBe(400);
});
