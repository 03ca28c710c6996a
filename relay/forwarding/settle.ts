import type { Exchange } from '../exchange.ts';
import { addRateLimitFields } from '../headers/response-headers.ts';
import type { RelayContext } from '../pipeline.ts';
import { RELAY_ERRORS, type Refusal } from '../relay-errors.ts';

/** Bodies up to this size are read to their end after a refusal, so that the connection can be used again. */
const DRAINED_BODY_BYTES = 65_536;

/**
 * Ends a call by the relay's own decision: with its error as `application/problem+json` (RFC 9457), or, when the
 * upstream's answer is under way already, by cutting it off, so that nobody takes it for complete.
 */
export function refuse(exchange: Exchange, relay: RelayContext, refusal: Refusal): void {
  if (exchange.settled) return;
  exchange.settled = true;
  exchange.errorCode = refusal.code;
  relay.metrics.refusals.add(refusal.code);
  relay.breakers.judgeRefusal(exchange, refusal.code);
  exchange.trial?.failed(refusal.code);
  if (exchange.tunnel !== null) {
    exchange.tunnel.destroy();
    exchange.request.socket.destroy();
  } else if (exchange.response.headersSent) {
    relay.metrics.cutAnswers.add(refusal.code);
    exchange.response.destroy();
  } else {
    answer(exchange, refusal);
  }
  exchange.controller?.abort(new Error(refusal.code));
}

/** The caller went away: the upstream is told at once. */
export function abandon(exchange: Exchange): void {
  if (exchange.settled) return;
  exchange.settled = true;
  exchange.errorCode = 'caller_closed';
  exchange.controller?.abort(new Error('the caller closed the connection'));
}

function answer(exchange: Exchange, refusal: Refusal): void {
  const { request, response } = exchange;
  const body = Buffer.from(problemJson(refusal, exchange.id));
  const headers = [
    'Content-Type',
    'application/problem+json',
    'Content-Length',
    String(body.length),
    'Cache-Control',
    'no-store',
    'X-AgentGateway-Request-Id',
    exchange.id,
    'X-AgentGateway-Error',
    refusal.code,
  ];
  if (refusal.code === 'invalid_agent_key') headers.push('WWW-Authenticate', 'Bearer realm="AgentGateway"');
  addRateLimitFields(headers, exchange);
  if (refusal.retryAfterSeconds !== undefined) headers.push('Retry-After', String(refusal.retryAfterSeconds));
  const isBodyLong = exchange.hasBody && !(Number(request.headers['content-length']) <= DRAINED_BODY_BYTES);
  // What follows a request that is not sound cannot be trusted.
  if (isBodyLong || refusal.code === 'malformed_request') headers.push('Connection', 'close');
  response.writeHead(RELAY_ERRORS[refusal.code].status, headers);
  response.end(body);
}

/** The relay's errors as JSON; also for requests that never became an exchange. */
export function problemJson(refusal: Refusal, requestId: string): string {
  const { status, title } = RELAY_ERRORS[refusal.code];
  return JSON.stringify({
    type: 'about:blank',
    title,
    status,
    code: refusal.code,
    detail: refusal.detail,
    request_id: requestId,
  });
}
