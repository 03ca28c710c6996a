import { createServer, type IncomingMessage, type Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { Exchange } from './exchange.ts';
import { abandon, problemJson } from './forwarding/settle.ts';
import { answerHouseRoute, HOUSE_PREFIX, type HouseState } from './house-routes.ts';
import { carry, type RelayContext } from './pipeline.ts';
import { RELAY_ERRORS, type Refusal } from './relay-errors.ts';
import { newRequestId } from './request-id.ts';
import { record } from './steps/record.ts';

/** The relay's HTTP server: each request becomes an exchange and goes down the pipeline. */
export function createRelayServer(relay: RelayContext, house: HouseState): Server {
  const server = createServer({
    keepAlive: true,
    keepAliveTimeout: 75_000,
    headersTimeout: 30_000,
    // A body may take as long as the agent's own limits allow.
    requestTimeout: 0,
    // parse-request.ts answers for it, in the relay's own words.
    requireHostHeader: false,
    shouldUpgradeCallback: (request) => request.headers.upgrade?.toLowerCase() === 'websocket',
  });
  // What is over Node's own limit would be dropped silently; parse-request.ts counts instead.
  server.maxHeadersCount = 0;
  const answerRequest = (request: IncomingMessage, response: ServerResponse) => {
    if (request.url?.startsWith(HOUSE_PREFIX)) answerHouseRoute(request, response, house);
    else begin(new Exchange(request, response), relay);
  };
  server.on('request', answerRequest);
  // The caller is told to go on when the upstream takes the body; other expectations are refused by parse-request.ts.
  server.on('checkContinue', answerRequest).on('checkExpectation', answerRequest);
  server.on('upgrade', (request: IncomingMessage, socket: Socket, head: Buffer) => {
    const response = new ServerResponse(request);
    response.assignSocket(socket);
    response.shouldKeepAlive = false;
    response.on('finish', () => socket.destroySoon());
    // Without a listener a reset connection would end the process.
    socket.on('error', () => socket.destroy());
    begin(new Exchange(request, response, head), relay);
  });
  server.on('connect', (_request: IncomingMessage, socket: Duplex) => refuseRaw(socket, relay, CONNECT_REFUSED));
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Duplex) => {
    const tooLarge = error.code === 'HPE_HEADER_OVERFLOW';
    if (error.code === 'ECONNRESET' || !socket.writable || isAnswering(socket, relay)) socket.destroy();
    else refuseRaw(socket, relay, tooLarge ? HEADERS_TOO_LARGE : UNREADABLE);
  });
  return server;
}

/** Whether an answer is under way: whatever came in between would be taken for its next bytes. */
function isAnswering(socket: Duplex, { inFlight }: RelayContext): boolean {
  return [...inFlight].some(({ request, response }) => request.socket === socket && response.headersSent);
}

function begin(exchange: Exchange, relay: RelayContext): void {
  exchange.response.on('close', () => {
    // An upgraded connection has left its response behind and ends with its tunnel.
    if (exchange.tunnel !== null) return;
    if (!exchange.response.writableFinished) abandon(exchange);
    record(exchange, relay);
  });
  carry(exchange, relay);
}

const CONNECT_REFUSED: Refusal = {
  code: 'malformed_request',
  detail: 'CONNECT is not possible here. Call {relay}/{agent}/{path} with any other method.',
};
const HEADERS_TOO_LARGE: Refusal = {
  code: 'headers_too_large',
  detail: 'The request’s headers are larger than 16 KiB. Send fewer or shorter ones.',
};
const UNREADABLE: Refusal = {
  code: 'malformed_request',
  detail: 'The request is not valid HTTP/1.1. Send it with a standard HTTP client.',
};

/** How long who is refused may take to read why and to hang up. */
const HANG_UP_MS = 1_000;

/** Answers where there is no request to answer to, and closes: what follows on the connection cannot be trusted. */
function refuseRaw(socket: Duplex, relay: RelayContext, refusal: Refusal): void {
  const { status, title } = RELAY_ERRORS[refusal.code];
  const requestId = newRequestId();
  const body = problemJson(refusal, requestId);
  relay.metrics.refusals.add(refusal.code);
  socket.on('error', () => socket.destroy());
  socket.end(
    `HTTP/1.1 ${status} ${title}\r\nContent-Type: application/problem+json\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\nX-AgentGateway-Request-Id: ${requestId}\r\n` +
      `X-AgentGateway-Error: ${refusal.code}\r\nConnection: close\r\n\r\n${body}`,
  );
  // No other deadline binds a connection without a request.
  setTimeout(() => socket.destroy(), HANG_UP_MS).unref();
}
