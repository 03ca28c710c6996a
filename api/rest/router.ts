import express, { type Request, type Response, Router } from 'express';
import { openHeadSigner } from '../../core/audit/head.ts';
import type { Dependencies } from '../../core/dependencies.ts';
import { PublicError } from '../../core/errors.ts';
import type { OperationDefinition } from '../../core/operations/define-operation.ts';
import { operations } from '../../core/operations/index.ts';
import { invoke } from '../../core/operations/invoke.ts';
import { sendProblem, toPublicError } from '../problem.ts';
import { requestId } from '../request-id.ts';
import { authenticateRest } from './authenticate.ts';
import { sendJsonLines } from './json-lines.ts';
import { createOpenApi } from './openapi.ts';
import { inputReader } from './read-input.ts';
import { sendFile } from './send-file.ts';
import { sessionHandler } from './session.ts';

/** A signal that fires when the caller is gone. */
function callerGone(response: Response): AbortSignal {
  const controller = new AbortController();
  response.on('close', () => {
    if (!response.writableFinished) controller.abort();
  });
  return controller.signal;
}

function refuseOtherBodies(request: Request): void {
  const hasBody = Number(request.get('content-length') ?? 0) > 0 || request.get('transfer-encoding') !== undefined;
  if (!hasBody) return;
  if (!request.is('application/json') || typeof request.body !== 'object' || Array.isArray(request.body)) {
    throw new PublicError('invalid_request', 'Send the body as one JSON object, with Content-Type: application/json.');
  }
}

function handler(operation: OperationDefinition, dependencies: Dependencies) {
  const readInput = inputReader(operation);
  return async (request: Request, response: Response): Promise<void> => {
    const caller = await authenticateRest(dependencies, request, requestId(response));
    refuseOtherBodies(request);
    const signal = callerGone(response);
    const input = readInput(request);
    const output = await invoke(operation, { caller, input, signal }, dependencies);
    if (operation.file !== undefined)
      await sendFile(response, await operation.file({ ...dependencies, caller, signal }, input));
    else if (operation.lines === undefined) response.status(operation.rest.status ?? 200).json(output);
    else await sendJsonLines(response, operation.lines({ ...dependencies, caller, signal }, output));
  };
}

/** `/api/v1` and `/api/openapi.json`, one route for each operation of the registry. The adapter only translates. */
export function createRestRouter(dependencies: Dependencies): Router {
  const { log } = dependencies;
  const router = Router({ caseSensitive: true });
  router.use((_request, response, next) => {
    response.set('Cache-Control', 'no-store');
    next();
  });
  const openApi = createOpenApi(dependencies.config, operations);
  router.get('/openapi.json', (_request, response) => {
    response.json(openApi);
  });
  router.get('/audit-keys.json', async (_request, response) => {
    const { publicJwk } = await openHeadSigner(dependencies.instanceKeys);
    response.json({ keys: [publicJwk] });
  });
  router.get('/v1/session', sessionHandler(dependencies));
  router.use('/v1', express.json({ limit: '1mb', strict: true }));
  for (const operation of operations) {
    const path = `/v1${operation.rest.path.replace(/\{(\w+)\}/g, ':$1')}`;
    const method = operation.rest.method.toLowerCase() as 'get' | 'post' | 'put' | 'patch' | 'delete';
    router[method](path, handler(operation, dependencies));
  }
  router.use((request) => {
    throw new PublicError(
      'not_found',
      `There is no ${request.method} ${request.baseUrl}${request.path}. See /api/openapi.json.`,
    );
  });
  router.use((thrown: unknown, _request: Request, response: Response, _next: unknown) => {
    if (response.headersSent) {
      log.error({ err: thrown, request_id: requestId(response) }, 'an answer was cut off');
      response.destroy();
      return;
    }
    const error = toPublicError(thrown);
    if (error.status >= 500) log.error({ err: error.cause ?? error, request_id: requestId(response) }, error.code);
    sendProblem(response, error, requestId(response));
  });
  return router;
}
