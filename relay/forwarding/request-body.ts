import { Readable } from 'node:stream';
import type { Exchange } from '../exchange.ts';

/**
 * The caller's body on its way up, with back-pressure. It stands between the two because undici destroys a body whose
 * call failed; the caller's own stream must live on to carry the answer.
 */
export class RequestBody extends Readable {
  readonly #exchange: Exchange;

  constructor(exchange: Exchange) {
    super();
    this.#exchange = exchange;
    // A caller that goes away is noticed at its response (server.ts), which aborts the call and with it this stream.
    exchange.request.on('data', this.#onData).on('end', () => this.push(null));
  }

  readonly #onData = (chunk: Buffer): void => {
    this.#exchange.bytesIn += chunk.length;
    this.#exchange.lastActivityAt = Date.now();
    if (!this.push(chunk)) this.#exchange.request.pause();
  };

  override _read(): void {
    this.#exchange.request.resume();
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    // What still comes is read and dropped, so that the connection can carry the answer.
    this.#exchange.request.off('data', this.#onData).resume();
    callback(error);
  }
}
