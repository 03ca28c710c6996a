import type { IncomingMessage, ServerResponse } from 'node:http';

/** No agent can be called "-": the relay's own pages live there. */
export const HOUSE_PREFIX = '/-/';

export interface HouseState {
  ready(): boolean;
  metrics(): string;
}

const LOOPBACK = /^(::1|(::ffff:)?127\.\d+\.\d+\.\d+)$/;

/** `/-/healthz`: the process lives. `/-/readyz`: it can check keys. `/-/metrics`: counters, for this machine only. */
export function answerHouseRoute(request: IncomingMessage, response: ServerResponse, state: HouseState): void {
  if (request.url === '/-/healthz') send(response, 200, 'ok\n');
  else if (request.url === '/-/readyz' && state.ready()) send(response, 200, 'ready\n');
  else if (request.url === '/-/readyz') send(response, 503, 'not ready\n');
  else if (request.url === '/-/metrics' && isLoopback(request)) send(response, 200, state.metrics());
  else send(response, 404, 'not found\n');
}

function isLoopback(request: IncomingMessage): boolean {
  return LOOPBACK.test(request.socket.remoteAddress ?? '');
}

function send(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { 'Content-Type': 'text/plain; charset=utf-8', 'Cache-Control': 'no-store' });
  response.end(text);
}
