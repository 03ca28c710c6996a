import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createAuthorizationServer } from '../../../api/oauth/provider.ts';
import { authorizationRequest, REDIRECT_URI, startApp } from '../../servers/connected-app.ts';
import { testDependencies } from '../../servers/dependencies.ts';
import { type DocumentServer, startDocumentServer } from '../../servers/document-server.ts';

let served: DocumentServer;
beforeAll(async () => {
  served = await startDocumentServer();
});
afterAll(() => served.stop());

describe('a client-ID metadata document', () => {
  test('makes a public client, whatever else it wishes for', async () => {
    served.answer.document = {
      client_id: served.clientId,
      client_name: 'Published app',
      redirect_uris: [REDIRECT_URI],
      token_endpoint_auth_method: 'none',
      grant_types: ['authorization_code', 'urn:ietf:params:oauth:grant-type:device_code'],
      scope: 'openid everything',
      jwks_uri: 'https://169.254.169.254/keys',
    };
    const { dependencies, stop } = await testDependencies();
    const provider = await createAuthorizationServer(dependencies, served.fetchDocument);
    const authorizationServer = createHttpServer(provider.callback()).listen(0, '127.0.0.1');
    await once(authorizationServer, 'listening');
    const { port } = authorizationServer.address() as AddressInfo;
    const answer = await fetch(authorizationRequest(`http://127.0.0.1:${port}`, served.clientId).url, {
      redirect: 'manual',
    });
    authorizationServer.closeAllConnections();
    authorizationServer.close();
    expect([answer.status, answer.headers.get('location'), await answer.text()]).toEqual([
      303,
      expect.stringContaining('/oauth/interaction/'),
      expect.any(String),
    ]);
    await stop();
  });

  test('that is too long is refused', async () => {
    const padding = 'x'.repeat(20_000);
    served.answer.document = { client_id: served.clientId, redirect_uris: [REDIRECT_URI], padding };
    await expect(served.fetchDocument(served.clientId)).rejects.toThrow('too long');
  });

  test('invariant 2: behind a private address is never fetched, though the operator allowed it to upstreams', async () => {
    const app = await startApp({ AGENTGATEWAY_ALLOWED_PRIVATE_UPSTREAMS: '127.0.0.1/32' });
    served.connections = 0;
    const { url } = authorizationRequest(app.url, served.clientId.replace('app.test', '127.0.0.1'));
    const answer = await fetch(url, { redirect: 'manual' });
    expect(answer.status).toBe(400);
    expect(await answer.text()).toContain('Go back to your app');
    expect(served.connections).toBe(0);
    await app.stop();
  });
});
