import type { Exchange } from '../exchange.ts';
import type { RelayContext } from '../pipeline.ts';
import type { Refusal } from '../relay-errors.ts';
import { askForBody } from './request-body.ts';

const LARGEST_BODY_BYTES = 8 * 1024 * 1024;
/** All bodies that one process holds at a time: many callers together shall not use up its memory. */
const LARGEST_SUM_BYTES = 64 * 1024 * 1024;
let heldBytes = 0;

const TOO_LARGE: Refusal = {
  code: 'body_too_large',
  detail:
    'This body must be hashed before it is signed, which the relay does up to 8 MiB. Send its SHA-256 in X-Amz-Content-Sha256, then it streams at any size.',
};
const TOO_MANY: Refusal = {
  code: 'body_too_large',
  detail: 'The relay holds too many bodies at present to hash one more. Try again, or send X-Amz-Content-Sha256.',
  retryAfterSeconds: 1,
};

/** Whether a body that need not be held may be. */
export function hasRoomFor(bytes: number): boolean {
  return heldBytes + bytes <= LARGEST_SUM_BYTES;
}

/**
 * Reads the whole body into `heldBody`. It counts against the process' sum until the call ends.
 * @param reservedBytes its announced length, where its room is kept from the start on
 * @returns why it cannot be held; null also when the call ended meanwhile
 */
export function holdBody(exchange: Exchange, relay: RelayContext, reservedBytes = 0): Promise<Refusal | null> {
  const { request, response } = exchange;
  if (Number(request.headers['content-length'] ?? 0) > LARGEST_BODY_BYTES) return Promise.resolve(TOO_LARGE);
  const chunks: Buffer[] = [];
  let held = 0;
  heldBytes += reservedBytes;
  response.once('close', () => {
    heldBytes -= Math.max(held, reservedBytes);
  });
  // The sweep of deadlines watches over a body that does not come.
  exchange.phase = 'sending';
  exchange.lastActivityAt = Date.now();
  relay.inFlight.add(exchange);
  return new Promise((resolve) => {
    const end = (refusal: Refusal | null) => {
      // What the call waits for from here on, a token or the upstream, has deadlines of its own.
      relay.inFlight.delete(exchange);
      request.off('data', take).off('end', finish).resume();
      response.off('close', leave);
      resolve(refusal);
    };
    const take = (chunk: Buffer) => {
      exchange.lastActivityAt = Date.now();
      exchange.bytesIn += chunk.length;
      held += chunk.length;
      if (held > reservedBytes) heldBytes += chunk.length;
      chunks.push(chunk);
      if (held > LARGEST_BODY_BYTES) end(TOO_LARGE);
      else if (heldBytes > LARGEST_SUM_BYTES) end(TOO_MANY);
    };
    const finish = () => {
      exchange.heldBody = Buffer.concat(chunks, held);
      end(null);
    };
    const leave = () => end(null);
    request.on('data', take).on('end', finish);
    response.on('close', leave);
    askForBody(exchange);
  });
}
