import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { createInterface } from 'node:readline';
import { connect, createServer, type TLSSocket } from 'node:tls';
import type { DovecotServer } from './dovecot-server.ts';

export const POISON = 'poisonous';
const EXTENSIONS = / (CONDSTORE|QRESYNC|ENABLE)(?=[ \]]|$)/g;

/**
 * A way to a Dovecot by which it is a server of plain IMAP4rev1: without modification sequences, old or new. It breaks off
 * whenever it is to tell of a message with `POISON` in its subject.
 */
export async function startPlainImap({ certificate, ports }: DovecotServer) {
  const [key, cert] = await Promise.all([readFile(certificate.key), readFile(certificate.cert)]);
  const sockets = new Set<TLSSocket>();
  const server = createServer({ key, cert }, (caller) => {
    const onward = connect({ host: 'localhost', port: ports.imaps });
    for (const [socket, other] of [
      [caller, onward],
      [onward, caller],
    ] as const) {
      sockets.add(socket);
      socket.on('error', () => {});
      socket.once('close', () => {
        sockets.delete(socket);
        other.destroy();
      });
    }
    caller.pipe(onward);
    createInterface({ input: onward.setEncoding('latin1') }).on('line', (line) => {
      if (line.includes('[HIGHESTMODSEQ')) return;
      if (line.includes(POISON)) return void caller.destroy();
      caller.write(`${line.includes('CAPABILITY') ? line.replace(EXTENSIONS, '') : line}\r\n`, 'latin1');
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    async stop() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

export type PlainImap = Awaited<ReturnType<typeof startPlainImap>>;
