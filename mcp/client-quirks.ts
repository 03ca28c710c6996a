import type { Request, RequestHandler } from 'express';
import type { Dependencies } from '../core/dependencies.ts';
import { authenticatedCall } from './authentication.ts';

/** Streamable HTTP wants both types named; clients that take anything mean both. */
export const widenAccept: RequestHandler = (request, _response, next) => {
  const { accept } = request.headers;
  if (accept === undefined || accept.includes('*/*')) request.headers.accept = 'application/json, text/event-stream';
  next();
};

/** Versions are dates: what is longer is somebody's text, of which the log keeps the beginning. */
const LONGEST_LOGGED = 40;
const VERSION_META = 'io.modelcontextprotocol/protocolVersion';

/**
 * Some hosted clients speak the newer protocol in the body under the older one's header. Where the newer protocol's
 * own header is missing too, the body counts, unless the settings say otherwise.
 */
export function followBodyEra({ config, log }: Pick<Dependencies, 'config' | 'log'>): RequestHandler {
  return (request, _response, next) => {
    const message = Object(request.body) as { method?: unknown; params?: Record<string, unknown> };
    const inBody = Object(message.params?._meta)[VERSION_META] as unknown;
    const inHeader = request.headers['mcp-protocol-version'];
    const mixed =
      typeof inHeader === 'string' && inHeader.startsWith('2025-') && typeof inBody === 'string' && inBody >= '2026-';
    if (mixed && request.headers['mcp-method'] === undefined && typeof message.method === 'string') {
      const { clientId } = authenticatedCall(request).caller;
      const followed = config.AGENTGATEWAY_MCP_MIXED_ERAS;
      const versions = { in_header: inHeader.slice(0, LONGEST_LOGGED), in_body: inBody.slice(0, LONGEST_LOGGED) };
      log.info({ client_id: clientId, ...versions, followed }, 'an MCP client mixes two eras');
      if (followed) nameInHeaders(request, inBody, { ...message, method: message.method });
    }
    next();
  };
}

function nameInHeaders(
  { headers }: Request,
  version: string,
  { method, params }: { method: string; params?: Record<string, unknown> },
): void {
  headers['mcp-protocol-version'] = version;
  headers['mcp-method'] = method;
  const subject = params?.name ?? params?.uri;
  if (typeof subject === 'string') headers['mcp-name'] = subject;
}
