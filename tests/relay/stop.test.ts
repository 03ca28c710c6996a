import { afterAll, beforeAll, test } from '@jest/globals';
import { openDatabase } from '../../core/store/database.ts';
import { startTestDatabase, type TestDatabase } from '../servers/database.ts';
import { startRelayProcesses } from '../servers/relay-processes.ts';
import { seedAgent, seedCaller } from '../servers/seed.ts';
import { openTcpGate, type TcpGate } from '../servers/tcp-gate.ts';

let database: TestDatabase;
let gate: TcpGate;
beforeAll(async () => {
  database = await startTestDatabase();
  gate = await openTcpGate({ host: '127.0.0.1', port: Number(new URL(database.urls.relay).port) });
});
afterAll(async () => {
  await gate?.shut();
  await database?.stop();
});

test('a relay ends when it is told to, also where Postgres says nothing any more', async () => {
  const through = (url: string) => Object.assign(new URL(url), { hostname: '127.0.0.1', port: String(gate.port) }).href;
  const relays = await startRelayProcesses(1, database, {
    DATABASE_URL_RELAY: through(database.urls.relay),
    DATABASE_URL_LOG_WRITER: through(database.urls.logWriter),
  });
  const app = openDatabase(database.urls.app);
  const { organizationId } = await seedCaller(app);
  await seedAgent(app, organizationId);
  await app.close();
  await relays.upToDate();
  gate.stall();
  await relays.stop();
}, 20_000);
