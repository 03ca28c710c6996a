import type { RequestHandler } from 'express';

/** Streamable HTTP wants both types named; clients that take anything mean both. */
export const widenAccept: RequestHandler = (request, _response, next) => {
  const { accept } = request.headers;
  if (accept === undefined || accept.includes('*/*')) request.headers.accept = 'application/json, text/event-stream';
  next();
};

const VERSION_META = 'io.modelcontextprotocol/protocolVersion';

/**
 * Some hosted clients speak the newer protocol in the body under the older one's header. Where the newer protocol's
 * own header is missing too, the body counts.
 */
export const followBodyEra: RequestHandler = (request, _response, next) => {
  const message = Object(request.body) as { method?: unknown; params?: Record<string, unknown> };
  const inBody = Object(message.params?._meta)[VERSION_META] as unknown;
  const inHeader = request.headers['mcp-protocol-version'];
  const mixed =
    typeof inHeader === 'string' && inHeader.startsWith('2025-') && typeof inBody === 'string' && inBody >= '2026-';
  if (mixed && request.headers['mcp-method'] === undefined && typeof message.method === 'string') {
    request.headers['mcp-protocol-version'] = inBody;
    request.headers['mcp-method'] = message.method;
    const subject = message.params?.name ?? message.params?.uri;
    if (typeof subject === 'string') request.headers['mcp-name'] = subject;
  }
  next();
};
