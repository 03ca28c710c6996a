import { createHash } from 'node:crypto';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { AGENT_KEY, link, startUpstream, TestRelay, type TestUpstream } from './relay-harness.ts';

let upstream: TestUpstream;
let relay: TestRelay;
let received: Record<string, string | string[] | undefined> = {};
let upstreamSocket: Socket;

beforeAll(async () => {
  upstream = await startUpstream((_, response) => response.writeHead(426).end('upgrade first'));
  upstream.server.on('upgrade', (request, socket: Socket, head: Buffer) => {
    received = request.headers;
    if (request.url === '/refuse') {
      socket.end('HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\nConnection: close\r\n\r\nno');
      return;
    }
    upstreamSocket = socket;
    const accept = createHash('sha1')
      .update(`${request.headers['sec-websocket-key']}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`)
      .digest('base64');
    socket.write(
      `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`,
    );
    socket.write(head);
    socket.pipe(socket);
  });
  relay = await new TestRelay().start();
  relay.addAgent('live', upstream.url, { routing: { total_timeout_seconds: 1, idle_timeout_seconds: 2 } }, [
    link(upstream, { kind: 'bearer' }, 'sk_secret'),
  ]);
});

afterAll(async () => {
  await relay.stop();
  upstreamSocket?.destroy();
  await upstream.stop();
});

/** RFC 6455's own example key. */
const head = (path: string, key = AGENT_KEY) =>
  `GET ${path} HTTP/1.1\r\nHost: relay.test\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nX-Api-Key: ${key}\r\n` +
  'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n';

async function read(socket: Socket): Promise<string> {
  const [chunk] = await once(socket, 'data');
  return String(chunk);
}

describe('WebSocket', () => {
  test('an upgraded connection carries bytes both ways, with the secret and without the agent key', async () => {
    const socket = relay.socket();
    socket.write(head('/live/socket'));
    expect(await read(socket)).toMatch(/^HTTP\/1\.1 101 [\s\S]*Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK\+xOo=/);
    expect([received.authorization, received['x-api-key']]).toEqual(['Bearer sk_secret', undefined]);
    for (const message of ['one', 'two']) {
      socket.write(message);
      expect(await read(socket)).toBe(message);
    }
    socket.destroy();
    await once(upstreamSocket, 'close');
    expect(await relay.row()).toMatchObject({ status: 101, bytesIn: 6, bytesOut: 6, errorCode: null });
  });

  test('bytes sent together with the upgrade are not lost', async () => {
    const socket = relay.socket();
    socket.write(`${head('/live/socket')}early`);
    let seen = '';
    while (!seen.endsWith('early')) seen += await read(socket);
    socket.destroy();
    await relay.row();
  });

  test('the upstream’s end ends the caller’s connection', async () => {
    const socket = relay.socket();
    socket.write(head('/live/socket'));
    await read(socket);
    upstreamSocket.end('bye');
    expect(await read(socket)).toBe('bye');
    if (!socket.closed) await once(socket, 'close');
    await relay.row();
  });

  test('an idle connection is cut, though the total limit does not bind it', async () => {
    const socket = relay.socket();
    socket.write(head('/live/socket'));
    await read(socket);
    await once(socket, 'close');
    const row = await relay.row();
    expect(row.errorCode).toBe('upstream_timeout');
    expect(row.latencyMs).toBeGreaterThanOrEqual(2_000);
  });

  test('an upstream that refuses the upgrade answers as it likes', async () => {
    const socket = relay.socket();
    socket.write(head('/live/refuse'));
    expect(await read(socket)).toMatch(/^HTTP\/1\.1 403 Forbidden/);
    socket.destroy();
    expect(await relay.row()).toMatchObject({ status: 403 });
  });

  test('a wrong key is refused with problem+json', async () => {
    const answer = await relay.raw(head('/live/socket', 'agk_wrong'));
    expect(answer).toMatch(/^HTTP\/1\.1 401 [\s\S]*X-AgentGateway-Error: invalid_agent_key/);
  });
});
