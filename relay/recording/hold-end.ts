import type { OutgoingHttpHeaders, ServerResponse } from 'node:http';

/** Answers that are over with their headers (RFC 9110 §6.4.1). */
function isBodiless(response: ServerResponse, status: number, length: number | null): boolean {
  return length === 0 || status === 204 || status === 304 || response.req.method === 'HEAD';
}

/** @param headers a flat list, as the relay gives them */
function contentLength(headers: unknown): number | null {
  if (!Array.isArray(headers)) return null;
  const at = headers.findIndex((name, i) => i % 2 === 0 && String(name).toLowerCase() === 'content-length');
  return at === -1 ? null : Number(headers[at + 1]);
}

/**
 * Holds the end of an answer back: what tells the caller that it is complete leaves only when it may. That is the last
 * chunk of a chunked body, the last bytes of one whose length is announced, and the headers of an answer without a body;
 * everything before goes out as it comes.
 * @param askToEnd called once, when all but the end is out; `release` sends the end, or (false) cuts the answer off
 */
export function holdEnd(response: ServerResponse, askToEnd: (release: (mayEnd: boolean) => void) => void): void {
  const writeHead = response.writeHead.bind(response) as (status: number, headers: unknown) => ServerResponse;
  const flushHeaders = response.flushHeaders.bind(response);
  const write = response.write.bind(response) as (chunk: unknown) => boolean;
  const end = response.end.bind(response) as (chunk?: unknown) => ServerResponse;
  let heldHead: [status: number, headers: unknown] | null = null;
  let heldChunk: Uint8Array | null = null;
  let bytesLeft: number | null = null;

  const replacements = {
    writeHead(status: number, headers: OutgoingHttpHeaders | string[]) {
      bytesLeft = contentLength(headers);
      response.statusCode = status;
      if (!isBodiless(response, status, bytesLeft)) return writeHead(status, headers);
      heldHead = [status, headers];
      return response;
    },
    flushHeaders() {
      if (heldHead === null) flushHeaders();
    },
    write(chunk: Uint8Array) {
      if (bytesLeft !== null) bytesLeft -= chunk.length;
      if (bytesLeft === null || bytesLeft > 0) return write(chunk);
      heldChunk = chunk;
      return true;
    },
    end(chunk?: Uint8Array) {
      askToEnd((mayEnd) => {
        if (!mayEnd) {
          response.destroy();
          return;
        }
        if (heldHead !== null) writeHead(...heldHead);
        if (heldChunk !== null) write(heldChunk);
        end(chunk);
      });
      return response;
    },
  };
  Object.assign(response, replacements);
}
