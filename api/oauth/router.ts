import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import express, { type ErrorRequestHandler, type Request, type RequestHandler, type Router } from 'express';
import type { Config } from '../../core/config.ts';
import type { Dependencies } from '../../core/dependencies.ts';
import { API_SCOPES } from '../../core/domain/scopes.ts';
import { knowOrigin } from '../pages/layout.ts';
import { pageErrors } from '../pages/page-errors.ts';
import { createAuthorizationLimit } from './authorization-limit.ts';
import { createConsentRouter } from './consent.ts';
import { createAuthorizationServer } from './provider.ts';
import { createRegistrationLimit } from './registration-limit.ts';
import { rememberRequestId } from './request-id.ts';
import { rewriteAuthorizationQuery, rewriteRegistration, rewriteResources } from './request-rewriting.ts';

/** What the authorization server answers; everything else passes it by. */
const ITS_PATHS =
  /^\/(?:oauth\/(?:authorize(?:\/[\w-]+)?|token|register|revoke|jwks)|\.well-known\/(?:oauth-authorization-server|openid-configuration))$/;

const FORM = 'application/x-www-form-urlencoded';

/** The authorization server with its consent page, and the resource's metadata. */
export async function createOAuthRouter(dependencies: Dependencies): Promise<Router> {
  const { config } = dependencies;
  const provider = await createAuthorizationServer(dependencies);
  const answer = provider.callback();
  const router = express.Router();
  router.use(resourceMetadata(config));
  router.use(['/oauth', '/.well-known'], pinPublicUrl(config), rememberRequestId, knowOrigin(config));
  router.get('/oauth/authorize', createAuthorizationLimit(), rewriteAuthorization(config));
  router.post('/oauth/token', express.raw({ type: FORM, limit: '32kb' }), rewriteTokenRequest(config));
  router.post(
    '/oauth/register',
    createRegistrationLimit(),
    express.json({ limit: '32kb' }),
    rewriteRegistrationRequest,
  );
  router.use((request, response, next) => {
    if (!ITS_PATHS.test(request.path)) return next();
    const { rewrittenBody } = response.locals as { rewrittenBody?: string };
    return answer(rewrittenBody === undefined ? request : withBody(request, rewrittenBody), response);
  });
  router.use(['/oauth/token', '/oauth/register'], unreadableBody);
  router.use(createConsentRouter(dependencies, provider));
  router.use('/oauth', pageErrors(dependencies));
  return router;
}

/** RFC 9728, at the root too, where some clients look. Any web page may read it. */
function resourceMetadata({ mcpUrl, publicUrl }: Config): Router {
  const document = {
    resource: mcpUrl,
    authorization_servers: [publicUrl],
    scopes_supported: API_SCOPES,
    bearer_methods_supported: ['header'],
    resource_name: 'AgentGateway',
  };
  const router = express.Router();
  router.get(
    ['/.well-known/oauth-protected-resource', '/.well-known/oauth-protected-resource/api/mcp'],
    (_request, response) => {
      response.set({ 'Access-Control-Allow-Origin': '*', 'Cache-Control': 'public, max-age=300' }).json(document);
    },
  );
  return router;
}

/** Addresses that the authorization server gives out come from the settings, never from what a request says. */
function pinPublicUrl({ publicUrl }: Config): RequestHandler {
  const { host, protocol } = new URL(publicUrl);
  return (request, _response, next) => {
    request.headers.host = host;
    request.headers['x-forwarded-proto'] = protocol.replace(':', '');
    delete request.headers['x-forwarded-host'];
    next();
  };
}

function rewriteAuthorization({ mcpUrl }: Config): RequestHandler {
  return (request, _response, next) => {
    const [path = ''] = request.originalUrl.split('?', 1);
    // The first question mark begins the query; a further one is part of it (RFC 3986 §3.4).
    const query = new URLSearchParams(request.originalUrl.slice(path.length));
    setUrl(request, `${path}?${rewriteAuthorizationQuery(query, mcpUrl)}`);
    next();
  };
}

/** The authorization server's framework reads the one and its router the other. */
function setUrl(request: Request, url: string): void {
  request.url = url;
  request.originalUrl = url;
}

function rewriteTokenRequest({ mcpUrl }: Config): RequestHandler {
  return (request, response, next) => {
    const parameters = new URLSearchParams(request.body instanceof Buffer ? request.body.toString('utf8') : '');
    rewriteResources(parameters, mcpUrl);
    response.locals.rewrittenBody = parameters.toString();
    next();
  };
}

const rewriteRegistrationRequest: RequestHandler = (request, response, next) => {
  const rewritten = rewriteRegistration(request.body);
  if ('wrong' in rewritten) {
    const error = /redirect/.test(rewritten.wrong) ? 'invalid_redirect_uri' : 'invalid_client_metadata';
    response.status(400).set('Cache-Control', 'no-store').json({ error, error_description: rewritten.wrong });
    return;
  }
  response.locals.rewrittenBody = JSON.stringify(rewritten.metadata);
  next();
};

/** The request with another body, to be read as if it came from the network: the authorization server reads by itself. */
function withBody(request: Request, body: string): IncomingMessage {
  const { method, url, socket, httpVersion } = request;
  const headers = { ...request.headers, 'content-length': String(Buffer.byteLength(body)) };
  const members = { method, url, originalUrl: url, headers, socket, httpVersion };
  return Object.assign(Readable.from([Buffer.from(body)]), members) as unknown as IncomingMessage;
}

/** Clients read JSON: a body that is none, or too long, is told so (RFC 6749 §5.2). */
const unreadableBody: ErrorRequestHandler = (error: unknown, _request, response, next) => {
  const { status, expose } = Object(error) as { status?: unknown; expose?: unknown };
  if (expose !== true || typeof status !== 'number') return next(error);
  response
    .status(status)
    .set('Cache-Control', 'no-store')
    .json({ error: 'invalid_request', error_description: 'The body cannot be read, or is over 32 KB.' });
};
