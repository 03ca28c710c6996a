import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { Agent, get } from 'node:http';
import { connect, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import pg from 'pg';
import { bearerHash, newBearerSecret } from '../../core/vault/bearer-secret.ts';
import { startTestDatabase, type TestDatabase } from '../servers/database.ts';
import { startRelayProcesses } from '../servers/relay-processes.ts';
import { openTcpGate, type TcpGate } from '../servers/tcp-gate.ts';
import { startUpstream, type TestUpstream } from './relay-harness.ts';

const agentKey = newBearerSecret('agk_');
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
  const organizationId = randomUUID();
  await sql.query(`INSERT INTO organization (id, name) VALUES ($1, 'Acme')`, [organizationId]);
  await sql.query(
    `INSERT INTO agent_key (id, organization_id, name, hash, fingerprint, created_by) VALUES ($1, $2, 'test', $3, '…', $1)`,
    [randomUUID(), organizationId, bearerHash(agentKey)],
  );
  await sql.query(`INSERT INTO agent (id, organization_id, name, upstream_url) VALUES ($1, $2, 'agent', $3)`, [
    randomUUID(),
    organizationId,
    upstream.url,
  ]);
}

async function startRelay(environment: NodeJS.ProcessEnv = {}) {
  // One that ended without Postgres has left its own.
  await sql.query('TRUNCATE relay_process');
  const relays = await startRelayProcesses(1, database, environment);
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

test('a relay ends when it is told to, also where Postgres says nothing any more', async () => {
  const through = (url: string) => Object.assign(new URL(url), { hostname: '127.0.0.1', port: String(gate.port) }).href;
  const relays = await startRelay({
    DATABASE_URL_RELAY: through(database.urls.relay),
    DATABASE_URL_LOG_WRITER: through(database.urls.logWriter),
  });
  await beginCall(relays.port, '/silent');
  gate.stall();
  const began = performance.now();
  await relays.stop();
  // The supervisor kills what takes 10 s.
  expect(performance.now() - began).toBeLessThan(10_000);
}, 30_000);

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
