import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer, type Server, type TLSSocket } from 'node:tls';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { NativeConnection } from '@temporalio/worker';
import { ConfigError, loadConfig } from '../../../core/config.ts';
import { openTemporal, temporalAddress } from '../../../core/temporal/connection.ts';
import { registerSearchAttributes } from '../../../tools/temporal/search-attributes.ts';
import { quietTemporalRuntime } from '../../servers/quiet-runtime.ts';

let folder: string;
let server: Server;
let address: string;
/** The server's name that was asked for and the client's that was proven, of each handshake that came to its end. */
const greeted: { serverName: string | false | null; client: string }[] = [];

const file = (name: string) => join(folder, `${name}.pem`);

async function makeCertificate(name: string): Promise<void> {
  const subject = ['-subj', `/CN=${name}.test`, '-addext', `subjectAltName=DNS:*.${name}.test`];
  const curve = [
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:prime256v1',
    '-nodes',
    '-days',
    '2',
    '-addext',
    'basicConstraints=critical,CA:FALSE',
  ];
  const files = ['-keyout', file(`${name}-key`), '-out', file(name)];
  await promisify(execFile)('openssl', ['req', '-x509', ...curve, ...subject, ...files]);
}

/** It demands a client certificate of its own authority, and ends the connection once the handshake is over. */
beforeAll(async () => {
  quietTemporalRuntime();
  folder = await mkdtemp(join(tmpdir(), 'agentgateway-temporal-tls-'));
  await Promise.all(['cluster', 'client', 'stranger'].map(makeCertificate));
  const [key, cert, ca] = await Promise.all(
    [file('cluster-key'), file('cluster'), file('client')].map((path) => readFile(path)),
  );
  const options = { key, cert, ca, requestCert: true, rejectUnauthorized: true, ALPNProtocols: ['h2'] };
  server = createServer(options, (socket: TLSSocket & { servername?: string | false }) => {
    greeted.push({ serverName: socket.servername ?? null, client: String(socket.getPeerCertificate().subject.CN) });
    socket.on('error', () => {});
    socket.destroy();
  });
  server.on('tlsClientError', () => {});
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  address = `127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterAll(async () => {
  server.close();
  await rm(folder, { recursive: true });
});

function mutual(changes: NodeJS.ProcessEnv = {}) {
  return loadConfig({
    TEMPORAL_ADDRESS: address,
    TEMPORAL_TLS_CLIENT_CERT_PATH: file('client'),
    TEMPORAL_TLS_CLIENT_KEY_PATH: file('client-key'),
    TEMPORAL_TLS_SERVER_CA_CERT_PATH: file('cluster'),
    TEMPORAL_TLS_SERVER_NAME: 'right.cluster.test',
    ...changes,
  });
}

type Settings = ReturnType<typeof mutual>;

const ways: [string, (settings: Settings) => Promise<unknown>][] = [
  [
    'the app',
    async (settings) => {
      const connection = openTemporal(settings);
      const asking = connection.withDeadline(Date.now() + 3_000, () => connection.workflowService.getSystemInfo({}));
      await asking.finally(() => connection.close());
    },
  ],
  ['a worker', (settings) => NativeConnection.connect(temporalAddress(settings))],
  ['the migrations', (settings) => registerSearchAttributes(address, settings)],
];

describe.each(ways)('to a cluster that demands a client certificate, %s', (_, connect) => {
  test('shows it, and takes the cluster for what its own authority says', async () => {
    const before = greeted.length;
    await expect(connect(mutual())).rejects.toThrow();
    expect(greeted[before]).toEqual({ serverName: 'right.cluster.test', client: 'client.test' });
  }, 30_000);

  test('does not speak where the cluster is not who it should be', async () => {
    const strange = { TEMPORAL_TLS_SERVER_CA_CERT_PATH: file('stranger'), TEMPORAL_TLS_SERVER_NAME: 'a.cluster.test' };
    await Promise.all([
      expect(connect(mutual(strange))).rejects.toThrow(),
      expect(connect(mutual({ TEMPORAL_TLS_SERVER_NAME: 'other.test' }))).rejects.toThrow(),
    ]);
    expect(greeted.filter(({ serverName }) => serverName !== 'right.cluster.test')).toEqual([]);
  }, 30_000);
});

test('the text of a PEM file may stand in the setting itself', async () => {
  const [cert, key, ca] = await Promise.all(
    ['client', 'client-key', 'cluster'].map((name) => readFile(file(name), 'utf8')),
  );
  const given = mutual({
    TEMPORAL_TLS_CLIENT_CERT_PATH: '',
    TEMPORAL_TLS_CLIENT_CERT_DATA: cert,
    TEMPORAL_TLS_CLIENT_KEY_PATH: '',
    TEMPORAL_TLS_CLIENT_KEY_DATA: key,
    TEMPORAL_TLS_SERVER_CA_CERT_PATH: '',
    TEMPORAL_TLS_SERVER_CA_CERT_DATA: ca,
  });
  expect(temporalAddress(given)).toEqual(temporalAddress(mutual()));
});

test.each([
  ['half a pair', { TEMPORAL_TLS_CLIENT_KEY_PATH: '' }, 'without TEMPORAL_TLS_CLIENT_KEY_PATH'],
  ['the other half', { TEMPORAL_TLS_CLIENT_CERT_PATH: '' }, 'without TEMPORAL_TLS_CLIENT_CERT_PATH'],
  ['no file', { TEMPORAL_TLS_CLIENT_KEY_PATH: '/nowhere.pem' }, 'TEMPORAL_TLS_CLIENT_KEY_PATH: /nowhere.pem'],
  ['no PEM', { TEMPORAL_TLS_SERVER_CA_CERT_PATH: import.meta.filename }, 'TEMPORAL_TLS_SERVER_CA_CERT_PATH holds no'],
  ['file and text', { TEMPORAL_TLS_CLIENT_CERT_DATA: 'x' }, 'TEMPORAL_TLS_CLIENT_CERT_DATA are both set'],
])('%s stops the start with a line that names the setting', (_, wrong, told) => {
  const read = () => temporalAddress(mutual(wrong));
  expect(read).toThrow(ConfigError);
  expect(read).toThrow(told);
});

test('a key of another certificate stops the start', () => {
  const read = () => temporalAddress(mutual({ TEMPORAL_TLS_CLIENT_KEY_PATH: file('stranger-key') }));
  expect(read).toThrow('is not the key of the certificate');
});

test('without these settings there is TLS only where it is wished for', () => {
  expect(temporalAddress(loadConfig({ TEMPORAL_ADDRESS: address }))).toEqual({ address });
  expect(temporalAddress(loadConfig({ TEMPORAL_ADDRESS: address, TEMPORAL_TLS: 'true' }))).toEqual({
    address,
    tls: {},
  });
});
