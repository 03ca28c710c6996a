import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';

/** What a connection to the upstream does with the bytes that came, called for each piece; `call` counts from 1. */
export type Script = (socket: Socket, call: number, received: string) => void;

export interface ScriptedUpstream {
  url: string;
  port: number;
  /** What came on each connection, as latin1. */
  received: string[];
  script: Script;
  /** Until all connections are closed. */
  quiet(): Promise<void>;
  stop(): Promise<void>;
}

/** An upstream that speaks bytes, not HTTP: it can break every rule. */
export async function startScriptedUpstream(): Promise<ScriptedUpstream> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {}).on('close', () => sockets.delete(socket));
    // A test that begins anew gives a new list: what comes late belongs to the old one.
    const { received } = upstream;
    const call = received.push('');
    socket.on('data', (chunk) => {
      received[call - 1] += chunk.toString('latin1');
      upstream.script(socket, call, received[call - 1] ?? '');
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const upstream: ScriptedUpstream = {
    url: `http://127.0.0.1:${port}`,
    port,
    received: [],
    script: () => {},
    async quiet() {
      await Promise.all([...sockets].map((socket) => once(socket, 'close')));
    },
    async stop() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
  return upstream;
}

export const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok';
