import { hostHeaderValidation, originValidation } from '@modelcontextprotocol/express';
import { toNodeHandler } from '@modelcontextprotocol/node';
import {
  createMcpHandler,
  localhostAllowedHostnames,
  type McpServer,
  type McpServerFactory,
  type ServerNotifier,
} from '@modelcontextprotocol/server';
import express, { type ErrorRequestHandler, type Router } from 'express';
import type { Config } from '../core/config.ts';
import type { Dependencies } from '../core/dependencies.ts';
import { PublicError } from '../core/errors.ts';
import type { OperationDefinition } from '../core/operations/define-operation.ts';
import { forApps } from '../core/store/app-share.ts';
import { authenticatedBy, authInfoOf } from './auth-info.ts';
import { authenticate } from './authentication.ts';
import { followBodyEra, widenAccept } from './client-quirks.ts';
import { createRounds } from './elicitation/round.ts';
import { holdUntilSent } from './held-answers.ts';
import { createOpenExchanges } from './older-protocol/open-exchanges.ts';
import { olderSessions, withSessions } from './older-protocol/sessions.ts';
import { limitOpenCalls } from './open-calls.ts';
import { limitCalls } from './rate-limit.ts';
import { refuseBatches } from './refuse-batches.ts';
import { createCollections } from './resources/collections.ts';
import { challengeMissingScope } from './scope-challenge.ts';
import { createServer } from './server.ts';
import { createToolCatalog } from './tool-catalog.ts';

const PATH = '/api/mcp';

/** Makes a server that takes the product's place behind its door. */
export type StandIn = (notify: ServerNotifier) => McpServer;

/**
 * The MCP server: one address for both eras of the protocol, its tools from the registry.
 * @param standIn for tests of all that stands in front of the tools
 */
export function createMcpRouter(
  given: Dependencies,
  operations: readonly OperationDefinition[],
  standIn?: StandIn,
): Router {
  const dependencies = { ...given, database: forApps(given.database) };
  const { config, log } = dependencies;
  const catalog = createToolCatalog(operations);
  const offer = { catalog, collections: createCollections(catalog), rounds: createRounds(dependencies) };
  const exchanges = createOpenExchanges();
  const factory: McpServerFactory = ({ authInfo, requestInfo }) =>
    standIn?.(handler.notify) ??
    createServer(offer, { ...authenticatedBy(authInfo), gone: requestInfo?.signal }, dependencies);
  const handler = createMcpHandler(withSessions(factory, exchanges), {
    onerror: (error) => log.debug({ reason: error.message }, 'an MCP request was refused'),
  });
  const answer = toNodeHandler(handler, { onerror: (error) => log.error({ err: error }, 'an MCP request failed') });

  const router = express.Router();
  const { hosts, origins } = allowedNames(config);
  router.use(
    PATH,
    hostHeaderValidation(hosts),
    originValidation(origins),
    widenAccept,
    authenticate(dependencies),
    express.json({ limit: '64kb' }),
    limitCalls(dependencies),
    refuseBatches,
    followBodyEra(dependencies),
    olderSessions(exchanges, dependencies),
    challengeMissingScope(catalog, dependencies),
    limitOpenCalls(),
  );
  router.all(PATH, (request, response) => {
    request.auth = authInfoOf(request, holdUntilSent(response));
    return answer(request, response, request.body);
  });
  router.use(PATH, mcpErrors(dependencies));
  return router;
}

/**
 * Whom the server answers to, and which pages may call it: against DNS rebinding. A loopback installation is reached by
 * each of loopback's names.
 */
function allowedNames({ publicUrl }: Config): { hosts: string[]; origins: string[] } {
  const { hostname } = new URL(publicUrl);
  const loopback = localhostAllowedHostnames();
  return {
    hosts: loopback.includes(hostname) ? loopback : [hostname],
    origins: [...new Set([hostname, ...loopback, 'claude.ai', 'claude.com'])],
  };
}

const PARSE_ERROR = -32700;
const INVALID_REQUEST = -32600;
const INTERNAL_ERROR = -32603;

/** Errors before a message could be read, as JSON-RPC tells them. */
function mcpErrors({ log }: Dependencies): ErrorRequestHandler {
  return (error: unknown, _request, response, next) => {
    if (response.headersSent) return next(error);
    const send = (status: number, code: number, message: string) =>
      response.status(status).json({ jsonrpc: '2.0', error: { code, message }, id: null });
    if (error instanceof PublicError) {
      if (error.retryAfterSeconds !== undefined) response.set('Retry-After', String(error.retryAfterSeconds));
      return send(error.status, error.status < 500 ? INVALID_REQUEST : INTERNAL_ERROR, error.detail);
    }
    const { status, expose } = Object(error) as { status?: unknown; expose?: unknown };
    if (expose === true && status === 413) return send(413, INVALID_REQUEST, 'The message is over 64 KB. Send less.');
    if (expose === true && typeof status === 'number')
      return send(status, PARSE_ERROR, 'The message is not readable JSON.');
    log.error({ err: error }, 'an MCP request failed');
    return send(500, INTERNAL_ERROR, 'This is our fault. Try again.');
  };
}
