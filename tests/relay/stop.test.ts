import { randomBytes, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { Agent, get } from 'node:http';
import { connect, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import pg from 'pg';
import { loadConfig } from '../../core/config.ts';
import { bearerHash, newBearerSecret } from '../../core/vault/bearer-secret.ts';
import { openVault } from '../../core/vault/open-vault.ts';
import { credentialAssociation } from '../../core/vault/vault.ts';
import { startTestDatabase, type TestDatabase } from '../servers/database.ts';
import { startRelayProcesses } from '../servers/relay-processes.ts';
import { openTcpGate, type TcpGate } from '../servers/tcp-gate.ts';
import { startUpstream, type TestUpstream } from './relay-harness.ts';

const agentKey = newBearerSecret('agk_');
const organizationId = randomUUID();
const masterKey = randomBytes(32).toString('base64');
let database: TestDatabase;
let gate: TcpGate;
let sql: pg.Client;
let upstream: TestUpstream;
let upgraded: Socket;

beforeAll(async () => {
  database = await startTestDatabase();
  gate = await openTcpGate({ host: '127.0.0.1', port: Number(new URL(database.urls.relay).port) });
  sql = new pg.Client({ connectionString: database.urls.superuser });
  await sql.connect();
  upstream = await startUpstream((request, response) => {
    if (request.url === '/quick') setTimeout(() => response.end('answer'), 20);
    if (request.url === '/stream') response.writeHead(200).write('part');
  });
  upstream.server.on('upgrade', (_, socket: Socket) => {
    upgraded = socket.on('error', () => {});
    socket.write('HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n');
  });
  await seed();
});
afterAll(async () => {
  upgraded?.destroy();
  await Promise.all([sql.end(), upstream.stop()]);
  await gate.shut();
  await database.stop();
});

async function seed(): Promise<void> {
  await sql.query(`INSERT INTO organization (id, name) VALUES ($1, 'Acme')`, [organizationId]);
  await sql.query(
    `INSERT INTO agent_key (id, organization_id, name, hash, fingerprint, created_by) VALUES ($1, $2, 'test', $3, '…', $1)`,
    [randomUUID(), organizationId, bearerHash(agentKey)],
  );
  await addAgent('agent');
}

async function addAgent(name: string): Promise<string> {
  const id = randomUUID();
  await sql.query('INSERT INTO agent (id, organization_id, name, upstream_url) VALUES ($1, $2, $3, $4)', [
    id,
    organizationId,
    name,
    upstream.url,
  ]);
  return id;
}

/** An agent whose calls need an access token, and the server that is asked for it. */
async function addTokenAgent(name: string, tokenUrl: string): Promise<void> {
  const [agentId, credentialId, versionId] = [await addAgent(name), randomUUID(), randomUUID()];
  const vault = await openVault(loadConfig({ AGENTGATEWAY_MASTER_KEY: masterKey }), database.urls.app);
  const association = credentialAssociation(organizationId, credentialId, versionId);
  const { sealed, wrappedKey, wrapKeyId } = await vault.seal(Buffer.from('client secret'), association);
  await vault.close();
  await sql.query(
    `INSERT INTO credential (id, organization_id, name, status, allowed_hosts, created_by) VALUES ($1, $2, $3, 'active', $4, $2)`,
    [credentialId, organizationId, name, [upstream.url, new URL(tokenUrl).origin]],
  );
  await sql.query(
    `INSERT INTO credential_version (id, organization_id, credential_id, state, fingerprint, sealed, wrapped_key, wrap_key_id,
     created_by) VALUES ($1, $2, $3, 'current', '…', $4, $5, $6, $2)`,
    [versionId, organizationId, credentialId, sealed, wrappedKey, wrapKeyId],
  );
  await sql.query(
    'INSERT INTO credential_link (organization_id, agent_id, credential_id, injection) VALUES ($1, $2, $3, $4)',
    [
      organizationId,
      agentId,
      credentialId,
      { kind: 'oauth2_client_credentials', token_url: tokenUrl, client_id: 'me' },
    ],
  );
}

async function startRelay(environment: NodeJS.ProcessEnv = {}, file?: string) {
  // One that ended without Postgres has left its own.
  await sql.query('TRUNCATE relay_process');
  const relays = await startRelayProcesses(1, database, { AGENTGATEWAY_MASTER_KEY: masterKey, ...environment }, file);
  await relays.upToDate();
  return relays;
}

/** A call that never ends by itself; waits until the upstream has it. */
async function beginCall(port: number, path: string, more = ''): Promise<void> {
  const reached = once(upstream.server, more === '' ? 'request' : 'upgrade');
  const socket = connect(port, '127.0.0.1').on('error', () => {});
  socket.write(`GET /agent${path} HTTP/1.1\r\nHost: relay\r\nX-AgentGateway-Key: ${agentKey}\r\n${more}\r\n`);
  await (path === '/silent' ? reached : once(socket, 'data'));
}

test.each(['relay/main.ts', 'tools/demo/relay.ts'])(
  'a relay ends when it is told to, also where Postgres says nothing any more: %s',
  async (file) => {
    const through = (url: string) =>
      Object.assign(new URL(url), { hostname: '127.0.0.1', port: String(gate.port) }).href;
    const environment = {
      DATABASE_URL_RELAY: through(database.urls.relay),
      DATABASE_URL_LOG_WRITER: through(database.urls.logWriter),
      DEMO_UPSTREAM_PORT: String(upstream.port),
    };
    const relays = await startRelay(environment, file);
    await beginCall(relays.port, '/silent');
    gate.stall();
    const began = performance.now();
    await relays.stop();
    // The supervisor kills what takes 10 s.
    expect(performance.now() - began).toBeLessThan(10_000);
  },
  30_000,
);

test('calls that the end of a stop cuts off are in the log', async () => {
  const relays = await startRelay();
  await beginCall(relays.port, '/silent');
  await beginCall(relays.port, '/stream');
  await beginCall(relays.port, '/upgrade', 'Connection: Upgrade\r\nUpgrade: websocket\r\n');
  await sql.query('TRUNCATE request_log');
  await relays.stop();
  const { rows } = await sql.query('SELECT path, status FROM request_log ORDER BY status');
  expect(rows).toEqual([
    { path: '/upgrade', status: 101 },
    { path: '/stream', status: 200 },
    { path: '/silent', status: 499 },
  ]);
}, 30_000);

test('a WebSocket and a call that still wait for their access token are cut off too, and are in the log', async () => {
  let asked = 0;
  const tokenServer = await startUpstream(() => {
    asked += 1;
  });
  await addTokenAgent('waiting', `${tokenServer.url}/token`);
  const relays = await startRelay();
  await sql.query('TRUNCATE request_log');
  for (const more of ['', 'Connection: Upgrade\r\nUpgrade: websocket\r\n']) {
    const socket = connect(relays.port, '127.0.0.1').on('error', () => {});
    socket.write(`GET /waiting/x HTTP/1.1\r\nHost: relay\r\nX-AgentGateway-Key: ${agentKey}\r\n${more}\r\n`);
  }
  while (asked === 0) await pause(10);
  await pause(100);
  const began = performance.now();
  await relays.stop();
  // The fetch itself is given up after 10 s.
  expect(performance.now() - began).toBeLessThan(9_500);
  await tokenServer.stop();
  const { rows } = await sql.query('SELECT status, error_code FROM request_log');
  const cut = { status: 499, error_code: 'caller_closed' };
  expect([asked, rows]).toEqual([1, [cut, cut]]);
}, 30_000);

test('a caller that sends one call after the other on a connection is told to leave it, and none is cut', async () => {
  const relays = await startRelay();
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const headers = { 'x-agentgateway-key': agentKey };
  const call = async () => {
    const [answer] = await once(get({ port: relays.port, path: '/agent/quick', agent, headers }), 'response');
    await once(answer.resume(), 'end');
    return answer.headers.connection;
  };
  const untilTold = async () => {
    while ((await call()) !== 'close');
  };
  const told = untilTold();
  await pause(100);
  await Promise.all([told, relays.stop()]);
}, 30_000);
