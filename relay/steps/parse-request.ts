import { readRequestHeaders } from '../headers/request-headers.ts';
import type { Step } from '../pipeline.ts';
import type { Refusal } from '../relay-errors.ts';
import { pathFault } from '../target-path.ts';

const MOST_HEADERS = 200;

/** Splits `/{agent}/{path}?{query}` and reads the headers. The path stays as the caller wrote it. */
export const parseRequest: Step = (exchange) => {
  const { request, upgradeHead } = exchange;
  if (request.httpVersion !== '1.1' && request.httpVersion !== '1.0') return malformed('it is not HTTP/1.1');
  const target = request.url ?? '';
  if (!target.startsWith('/')) return malformed('the request target must be a path like /agent/path');
  const queryAt = target.indexOf('?');
  const path = queryAt === -1 ? target : target.slice(0, queryAt);
  const agentEnd = path.indexOf('/', 1);
  exchange.agentName = path.slice(1, agentEnd === -1 ? undefined : agentEnd);
  exchange.path = agentEnd === -1 ? '' : path.slice(agentEnd);
  exchange.query = queryAt === -1 ? '' : target.slice(queryAt + 1);
  if (exchange.query.includes('#')) return malformed('the query holds a fragment; leave "#…" out');
  if (request.rawHeaders.length > 2 * MOST_HEADERS) return TOO_MANY_HEADERS;
  const fault = pathFault(exchange.path) ?? readRequestHeaders(exchange) ?? methodFault(request.method);
  if (fault !== null) return malformed(fault);
  return upgradeHead !== null && exchange.hasBody ? malformed('an upgrade takes no body') : null;
};

/** A TRACE answer repeats the request as it arrived, the injected secret included (invariant 1, RFC 9110 §9.3.8). */
function methodFault(method: string | undefined): string | null {
  return method === 'TRACE' ? 'TRACE is not carried, since its answer would show the linked credential' : null;
}

function malformed(fault: string): Refusal {
  return { code: 'malformed_request', detail: `The request cannot be carried: ${fault}.` };
}

const TOO_MANY_HEADERS: Refusal = {
  code: 'headers_too_large',
  detail: `The request has more than ${MOST_HEADERS} headers. Send fewer.`,
};
