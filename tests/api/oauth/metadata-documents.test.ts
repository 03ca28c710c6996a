import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer as createHttpServer } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createMetadataDocumentFetch } from '../../../api/oauth/metadata-documents.ts';
import { createAuthorizationServer } from '../../../api/oauth/provider.ts';
import { createAddressGuard } from '../../../core/outbound/address-guard.ts';
import { createDialer } from '../../../core/outbound/dialer.ts';
import { authorizationRequest, REDIRECT_URI, startApp } from '../../servers/connected-app.ts';
import { testDependencies } from '../../servers/dependencies.ts';

const authorities = getCACertificates('default');
let server: Server;
let clientId: string;
let connections = 0;
let document: string;

beforeAll(async () => {
  const folder = await mkdtemp(join(tmpdir(), 'agentgateway-tls-'));
  const [keyFile, certFile] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  const subject = ['-subj', '/CN=app.test', '-addext', 'subjectAltName=DNS:app.test'];
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'];
  await promisify(execFile)('openssl', ['req', '-x509', ...curve, ...subject, '-keyout', keyFile, '-out', certFile]);
  const [key, cert] = await Promise.all([readFile(keyFile), readFile(certFile, 'utf8')]);
  await rm(folder, { recursive: true });
  setDefaultCACertificates([...authorities, cert]);
  server = createServer({ key, cert }, (_request, response) => {
    response.setHeader('content-type', 'application/json').end(document);
  });
  server.on('connection', () => {
    connections += 1;
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  clientId = `https://app.test:${(server.address() as AddressInfo).port}/client.json`;
});
afterAll(async () => {
  setDefaultCACertificates(authorities);
  server.closeAllConnections();
  server.close();
  await once(server, 'close');
});

/** Reaches the test's server under a public-looking name. */
const fetchDocument = () => {
  const resolve = async () => [{ address: '127.0.0.1', family: 4 }];
  return createMetadataDocumentFetch(createDialer({ guard: createAddressGuard(['127.0.0.1/32']), resolve }));
};

describe('a client-ID metadata document', () => {
  test('makes a public client, whatever else it wishes for', async () => {
    document = JSON.stringify({
      client_id: clientId,
      client_name: 'Published app',
      redirect_uris: [REDIRECT_URI],
      token_endpoint_auth_method: 'none',
      grant_types: ['authorization_code', 'urn:ietf:params:oauth:grant-type:device_code'],
      scope: 'openid everything',
      jwks_uri: 'https://169.254.169.254/keys',
    });
    const { dependencies, stop } = await testDependencies();
    const provider = await createAuthorizationServer(dependencies, fetchDocument());
    const authorizationServer = createHttpServer(provider.callback()).listen(0, '127.0.0.1');
    await once(authorizationServer, 'listening');
    const { port } = authorizationServer.address() as AddressInfo;
    const answer = await fetch(authorizationRequest(`http://127.0.0.1:${port}`, clientId).url, { redirect: 'manual' });
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
    document = JSON.stringify({ client_id: clientId, redirect_uris: [REDIRECT_URI], padding: 'x'.repeat(20_000) });
    await expect(fetchDocument()(clientId)).rejects.toThrow('too long');
  });

  test('invariant 2: behind a private address is never fetched, though the operator allowed it to upstreams', async () => {
    const app = await startApp({ AGENTGATEWAY_ALLOWED_PRIVATE_UPSTREAMS: '127.0.0.1/32' });
    connections = 0;
    const { url } = authorizationRequest(app.url, clientId.replace('app.test', '127.0.0.1'));
    const answer = await fetch(url, { redirect: 'manual' });
    expect(answer.status).toBe(400);
    expect(await answer.text()).toContain('Go back to your app');
    expect(connections).toBe(0);
    await app.stop();
  });
});
