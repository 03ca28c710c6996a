import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { prepareTemporal } from '../../../tools/temporal/embedded-temporal.ts';
import { findTemporal } from '../../../tools/temporal/find-temporal.ts';
import { registerSearchAttributes } from '../../../tools/temporal/search-attributes.ts';

const settings = { TEMPORAL_NAMESPACE: 'default', TEMPORAL_API_KEY: undefined, TEMPORAL_TLS: false };

test('a cluster gets the search attributes that it lacks, once', async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'agentgateway-temporal-'));
  const command = await findTemporal({ environment: process.env, say: () => {} });
  const { plan, address, ready } = await prepareTemporal({
    command,
    dataDir,
    namespace: 'default',
    port: 0,
    uiPort: 0,
    appPort: 1,
  });
  const bare = plan.args.filter((argument) => !argument.startsWith('--search-attribute'));
  const server = spawn(plan.command, bare, { env: plan.environment, cwd: plan.workingDirectory, stdio: 'ignore' });
  try {
    await ready();
    expect(await registerSearchAttributes(address, settings)).toEqual(['OrganizationId', 'OperationId']);
    expect(await registerSearchAttributes(address, settings)).toEqual([]);
  } finally {
    server.kill('SIGTERM');
    await once(server, 'exit');
    await rm(dataDir, { recursive: true });
  }
});

test('a cluster that is away is named with its setting', async () => {
  await expect(registerSearchAttributes('127.0.0.1:1', settings)).rejects.toThrow(
    /127\.0\.0\.1:1 \(TEMPORAL_ADDRESS\)/,
  );
}, 30_000);

test('an API key is sent over TLS only, whether or not TEMPORAL_TLS is set', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const firstByte = once(server, 'connection').then(async ([socket]: Socket[]) => {
    const [bytes] = (await once(socket as Socket, 'data')) as [Buffer];
    socket?.destroy();
    server.close();
    return bytes[0];
  });
  const refused = registerSearchAttributes(`localhost:${port}`, { ...settings, TEMPORAL_API_KEY: 'a-key' });
  await expect(refused).rejects.toThrow(/TEMPORAL_ADDRESS/);
  // RFC 8446 §5.1: a handshake.
  expect(await firstByte).toBe(0x16);
}, 30_000);
