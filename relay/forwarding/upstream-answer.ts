import type { IncomingHttpHeaders } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Dispatcher } from 'undici';
import type { Exchange } from '../exchange.ts';
import { fieldValue, readResponseHeaders } from '../headers/response-headers.ts';
import type { RelayContext } from '../pipeline.ts';
import { refuse } from './settle.ts';
import { openTunnel } from './tunnel.ts';
import { upstreamFailure } from './upstream-failure.ts';

/** Streams an upstream's answer to the caller as it comes, with back-pressure. */
export class UpstreamAnswer implements Dispatcher.DispatchHandler {
  readonly #exchange: Exchange;
  readonly #relay: RelayContext;

  constructor(exchange: Exchange, relay: RelayContext) {
    this.#exchange = exchange;
    this.#relay = relay;
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    const exchange = this.#exchange;
    if (exchange.settled) {
      controller.abort(new Error('the call ended before it was sent'));
      return;
    }
    exchange.controller = controller;
    exchange.phase = 'sending';
    exchange.dispatchedAt = Date.now();
    exchange.lastActivityAt = exchange.dispatchedAt;
  }

  onRequestSent(): void {
    this.#exchange.phase = 'waiting';
    this.#exchange.lastActivityAt = Date.now();
  }

  onResponseStart(controller: Dispatcher.DispatchController, status: number): void {
    const exchange = this.#exchange;
    // 1xx of the upstream end at this hop; the final answer follows.
    if (exchange.settled || status < 200) return;
    const headers = readResponseHeaders(controller.rawHeaders, exchange.id);
    exchange.endless = fieldValue(headers, 'content-type')?.startsWith('text/event-stream') ?? false;
    exchange.phase = 'streaming';
    exchange.answeredAt = Date.now();
    exchange.lastActivityAt = exchange.answeredAt;
    const { response } = exchange;
    // Headers leave at once, together with what the upstream sent in the same breath.
    const { socket } = response;
    socket?.cork();
    response.writeHead(status, headers);
    response.flushHeaders();
    process.nextTick(uncork, socket);
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    const exchange = this.#exchange;
    exchange.bytesOut += chunk.length;
    exchange.lastActivityAt = Date.now();
    if (exchange.response.write(chunk)) return;
    controller.pause();
    exchange.response.once('drain', () => {
      exchange.lastActivityAt = Date.now();
      controller.resume();
    });
  }

  onResponseEnd(_controller: Dispatcher.DispatchController, trailers: IncomingHttpHeaders): void {
    const { response } = this.#exchange;
    this.#exchange.settled = true;
    for (const name in trailers) response.addTrailers({ [name]: trailers[name] ?? '' });
    response.end();
  }

  onRequestUpgrade(controller: Dispatcher.DispatchController, status: number, _: unknown, socket: Duplex): void {
    const exchange = this.#exchange;
    if (exchange.settled) socket.destroy();
    else openTunnel(exchange, this.#relay, status, readResponseHeaders(controller.rawHeaders, exchange.id), socket);
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    if (!this.#exchange.settled) refuse(this.#exchange, this.#relay, upstreamFailure(error));
  }
}

function uncork(socket: Duplex | null): void {
  socket?.uncork();
}
