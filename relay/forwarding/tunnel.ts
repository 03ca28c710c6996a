import type { Duplex } from 'node:stream';
import type { Exchange } from '../exchange.ts';
import type { RelayContext } from '../pipeline.ts';
import { record } from '../steps/record.ts';

/** Joins caller and upstream after an upgrade (RFC 9110 §7.8): bytes pass both ways until either side ends. */
export function openTunnel(
  exchange: Exchange,
  relay: RelayContext,
  status: number,
  headers: readonly string[],
  upstream: Duplex,
): void {
  const caller = exchange.request.socket;
  exchange.response.detachSocket(caller);
  exchange.tunnel = upstream;
  exchange.phase = 'streaming';
  exchange.endless = true;
  exchange.answeredAt = Date.now();
  exchange.lastActivityAt = exchange.answeredAt;
  exchange.response.statusCode = status;

  caller.write(upgradeHead(status, headers), 'latin1');
  if (exchange.upgradeHead?.length) upstream.write(exchange.upgradeHead);
  caller.on('data', (chunk: Buffer) => {
    exchange.bytesIn += chunk.length;
    exchange.lastActivityAt = Date.now();
  });
  upstream.on('data', (chunk: Buffer) => {
    exchange.bytesOut += chunk.length;
    exchange.lastActivityAt = Date.now();
  });
  const close = () => {
    exchange.settled = true;
    caller.destroy();
    upstream.destroy();
    record(exchange, relay);
  };
  caller.on('error', close).on('close', close);
  // What the upstream sent last still reaches the caller.
  upstream.on('error', close).on('close', () => caller.destroySoon());
  caller.pipe(upstream);
  upstream.pipe(caller);
}

function upgradeHead(status: number, headers: readonly string[]): string {
  let head = `HTTP/1.1 ${status} Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n`;
  for (let i = 0; i < headers.length; i += 2) head += `${headers[i]}: ${headers[i + 1]}\r\n`;
  return `${head}\r\n`;
}
