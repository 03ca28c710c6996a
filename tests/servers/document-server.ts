import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { promisify } from 'node:util';
import { createMetadataDocumentFetch } from '../../api/oauth/metadata-documents.ts';
import { createAddressGuard } from '../../core/outbound/address-guard.ts';
import { createDialer } from '../../core/outbound/dialer.ts';

export interface DocumentServer {
  /** An OAuth client's ID: the address of its document, under a public-looking name. */
  clientId: string;
  /** What is answered; from the beginning an empty object. */
  answer: { status: number; document: object };
  connections: number;
  /** The product's own fetch, which finds this server under its name. */
  fetchDocument: typeof fetch;
  stop(): Promise<void>;
}

/** A host of client-ID metadata documents, over TLS that this process trusts. */
export async function startDocumentServer(): Promise<DocumentServer> {
  const authorities = getCACertificates('default');
  const { key, cert } = await makeCertificate('app.test');
  setDefaultCACertificates([...authorities, cert]);
  const server = createServer({ key, cert }, (_request, response) => {
    const { status, document } = served.answer;
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(document));
  });
  server.on('connection', () => {
    served.connections += 1;
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const resolve = async () => [{ address: '127.0.0.1', family: 4 }];
  const served: DocumentServer = {
    clientId: `https://app.test:${(server.address() as AddressInfo).port}/client.json`,
    answer: { status: 200, document: {} },
    connections: 0,
    fetchDocument: createMetadataDocumentFetch(createDialer({ guard: createAddressGuard(['127.0.0.1/32']), resolve })),
    async stop() {
      setDefaultCACertificates(authorities);
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
  return served;
}

async function makeCertificate(name: string): Promise<{ key: Buffer; cert: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'agentgateway-tls-'));
  const [keyFile, certFile] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  const subject = ['-subj', `/CN=${name}`, '-addext', `subjectAltName=DNS:${name}`];
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'];
  await promisify(execFile)('openssl', ['req', '-x509', ...curve, ...subject, '-keyout', keyFile, '-out', certFile]);
  const [key, cert] = await Promise.all([readFile(keyFile), readFile(certFile, 'utf8')]);
  await rm(folder, { recursive: true });
  return { key, cert };
}
