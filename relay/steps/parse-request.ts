import { readRequestHeaders } from '../headers/request-headers.ts';
import type { Step } from '../pipeline.ts';
import type { Refusal } from '../relay-errors.ts';
import { pathFault } from '../target-path.ts';

/** Splits `/{agent}/{path}?{query}` and reads the headers. The path stays as the caller wrote it. */
export const parseRequest: Step = (exchange) => {
  const target = exchange.request.url ?? '';
  if (!target.startsWith('/')) return malformed('the request target must be a path like /agent/path');
  const queryAt = target.indexOf('?');
  const path = queryAt === -1 ? target : target.slice(0, queryAt);
  const agentEnd = path.indexOf('/', 1);
  exchange.agentName = path.slice(1, agentEnd === -1 ? undefined : agentEnd);
  exchange.path = agentEnd === -1 ? '' : path.slice(agentEnd);
  exchange.query = queryAt === -1 ? '' : target.slice(queryAt + 1);
  if (exchange.query.includes('#')) return malformed('the query holds a fragment; leave "#…" out');
  const fault = pathFault(exchange.path) ?? readRequestHeaders(exchange);
  return fault === null ? null : malformed(fault);
};

function malformed(fault: string): Refusal {
  return { code: 'malformed_request', detail: `The request cannot be carried: ${fault}.` };
}
