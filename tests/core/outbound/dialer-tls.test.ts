import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { getCACertificates, setDefaultCACertificates, type TLSSocket } from 'node:tls';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createAddressGuard } from '../../../core/outbound/address-guard.ts';
import { createDialer } from '../../../core/outbound/dialer.ts';
import { createOutboundAgent, guardedFetch } from '../../../core/outbound/outbound-agent.ts';

const authorities = getCACertificates('default');
let server: Server;
let port: number;

beforeAll(async () => {
  const folder = await mkdtemp(join(tmpdir(), 'agentgateway-tls-'));
  const [keyFile, certFile] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  const subject = ['-subj', '/CN=api.test', '-addext', 'subjectAltName=DNS:api.test'];
  const files = ['-keyout', keyFile, '-out', certFile];
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'];
  await promisify(execFile)('openssl', ['req', '-x509', ...curve, ...subject, ...files]);
  const [key, cert] = await Promise.all([readFile(keyFile), readFile(certFile, 'utf8')]);
  await rm(folder, { recursive: true });
  setDefaultCACertificates([...authorities, cert]);
  server = createServer({ key, cert }, (request, response) => {
    const { servername } = request.socket as TLSSocket & { servername: string };
    response.end(`${servername} ${request.headers.host}`);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  port = (server.address() as AddressInfo).port;
});

afterAll(async () => {
  setDefaultCACertificates(authorities);
  server.closeAllConnections();
  server.close();
  await once(server, 'close');
});

const get = (host: string) => {
  const resolve = async () => [{ address: '127.0.0.1', family: 4 }];
  const dialer = createDialer({ guard: createAddressGuard(['127.0.0.1/32']), resolve });
  return guardedFetch(createOutboundAgent(dialer))(`https://${host}:${port}/`);
};

test('the checked address is dialled under the name that was asked for, in SNI and certificate check', async () => {
  expect(await (await get('api.test')).text()).toBe(`api.test api.test:${port}`);
});

test('a certificate for another name is refused', async () => {
  await expect(get('other.test')).rejects.toMatchObject({ cause: { code: 'ERR_TLS_CERT_ALTNAME_INVALID' } });
});
