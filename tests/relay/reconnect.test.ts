import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { expect, test } from '@jest/globals';
import { pino } from 'pino';
import { Agent } from 'undici';
import { AccessTokens } from '../../core/outbound/access-tokens.ts';
import { createVault } from '../../core/vault/vault.ts';
import { SnapshotFollower } from '../../relay/snapshot/follow-snapshot.ts';
import { Snapshot } from '../../relay/snapshot/snapshot.ts';

test('while Postgres is away the relay asks for it with growing pauses, and stops at once when told to', async () => {
  const attempts: number[] = [];
  const server = createServer((socket) => {
    attempts.push(performance.now());
    socket.on('error', () => {}).destroy();
    if (attempts.length === 3) server.emit('third');
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const unused = () => Promise.reject(new Error('no secret is opened here'));
  const reading = {
    vault: createVault({ wrap: unused, unwrap: unused, currentKeyId: unused }),
    snapshot: new Snapshot(),
    accessTokens: new AccessTokens(new Agent(), unused),
    log: pino({ level: 'silent' }),
  };
  const follower = new SnapshotFollower(`postgres://relay@127.0.0.1:${port}/none`, reading, () => {});

  follower.start();
  await once(server, 'third');
  const [first = 0, , third = 0] = attempts;
  expect(third - first).toBeGreaterThan(700);

  const ordered = performance.now();
  await follower.stop();
  expect(performance.now() - ordered).toBeLessThan(200);
  server.close();
});
