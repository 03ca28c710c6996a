import { Readable } from 'node:stream';
import type { Exchange } from '../exchange.ts';

/**
 * The caller's body on its way up, with back-pressure. It stands between the two because undici destroys a body whose
 * call failed; the caller's own stream must live on to carry the answer. Nothing is taken from the caller before the
 * upstream's connection stands, so a call that could not be sent still has its whole body.
 */
export class RequestBody extends Readable {
  readonly #exchange: Exchange;
  #isStarted = false;

  constructor(exchange: Exchange) {
    super();
    this.#exchange = exchange;
  }

  /** Whether nothing of the body was taken yet. */
  get isWhole(): boolean {
    return !this.#isStarted;
  }

  override _read(): void {
    const { request } = this.#exchange;
    if (!this.#isStarted) {
      this.#isStarted = true;
      askForBody(this.#exchange);
      // A caller that goes away is noticed at its response (server.ts), which aborts the call and with it this stream.
      request.on('data', this.#onData).on('end', this.#onEnd);
    }
    request.resume();
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    // What still comes is read and dropped, so that the connection can carry the answer.
    if (this.#isStarted) this.#exchange.request.off('data', this.#onData).off('end', this.#onEnd).resume();
    callback(error);
  }

  readonly #onData = (chunk: Buffer): void => {
    this.#exchange.bytesIn += chunk.length;
    this.#exchange.lastActivityAt = Date.now();
    if (!this.push(chunk)) this.#exchange.request.pause();
  };

  readonly #onEnd = (): void => {
    this.push(null);
  };
}

/**
 * Tells a caller that waits for it to send its body (RFC 9110 §10.1.1). A refusal before that spares the caller the
 * body; the connection is closed then, since nobody knows whether the body comes.
 */
export function askForBody(exchange: Exchange): void {
  if (!exchange.expectsContinue || exchange.response.headersSent) return;
  exchange.expectsContinue = false;
  exchange.response.writeContinue();
}
