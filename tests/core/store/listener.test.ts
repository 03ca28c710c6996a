import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { afterAll, beforeAll, test } from '@jest/globals';
import { pino } from 'pino';
import { type Listener, listenTo } from '../../../core/store/listener.ts';
import { startTestDatabase, type TestDatabase } from '../../servers/database.ts';
import { openTcpGate, type TcpGate } from '../../servers/tcp-gate.ts';

const log = pino({ level: 'silent' });
let database: TestDatabase;
let gate: TcpGate;
beforeAll(async () => {
  database = await startTestDatabase();
  gate = await openTcpGate({ host: '127.0.0.1', port: Number(new URL(database.urls.app).port) });
});
afterAll(async () => {
  await gate?.shut();
  await database?.stop();
});

/** @returns the listener, and what resolves the next time that its connection stands */
function listen(port: number): { listener: Listener; listening: () => Promise<void> } {
  let next = Promise.withResolvers<void>();
  const url = Object.assign(new URL(database.urls.app), { hostname: '127.0.0.1', port: String(port) });
  const onListening = () => {
    next.resolve();
    next = Promise.withResolvers<void>();
  };
  const listener = listenTo(url.href, 'change', { onTold() {}, onListening }, log);
  return { listener, listening: () => next.promise };
}

test('a connection that was lost without a word is found out and made anew', async () => {
  const { listener, listening } = listen(gate.port);
  await listening();
  gate.stall();
  await listening();
  await listener.close();
}, 20_000);

test('a listener ends where Postgres does not answer its goodbye', async () => {
  const { listener, listening } = listen(gate.port);
  await listening();
  gate.stall();
  await listener.close();
});

test('a server that says nothing is not waited for', async () => {
  const server = createServer((socket: Socket) => void socket.on('error', () => {}).resume()).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { listener } = listen((server.address() as AddressInfo).port);
  await once(server, 'connection');
  await once(server, 'connection');
  await listener.close();
  server.close();
}, 20_000);
