import {
  bearerAuthChallengeResponse,
  getOAuthProtectedResourceMetadataUrl,
  OAuthError,
  OAuthErrorCode,
} from '@modelcontextprotocol/server';
import type { Request, RequestHandler } from 'express';
import { v7 as uuid } from 'uuid';
import type { Dependencies } from '../core/dependencies.ts';
import { API_SCOPES } from '../core/domain/scopes.ts';
import { findAppCaller } from '../core/services/oauth-grants.ts';
import { type AppCaller, readSelection, type ToolSelection } from './tool-selection.ts';
import { sendWebResponse } from './web-response.ts';

/** What the authentication found out about a request. */
export interface Authenticated {
  caller: AppCaller;
  selection: ToolSelection;
}

const authenticated = new WeakMap<Request, Authenticated>();

/** @throws Error where the authentication did not come first */
export function authenticatedCall(request: Request): Authenticated {
  const found = authenticated.get(request);
  if (found === undefined) throw new Error('A request reached the MCP server without authentication.');
  return found;
}

/** RFC 9728: where the resource's metadata stands. */
export function metadataUrl(mcpUrl: string): string {
  return getOAuthProtectedResourceMetadataUrl(new URL(mcpUrl));
}

/**
 * Lets through who presents a good access token. Anyone else gets the challenge that leads a client to the metadata and
 * names all scopes there are: older clients ask for exactly what it names, and cannot ask for more later.
 */
export function authenticate(dependencies: Dependencies): RequestHandler {
  const resourceMetadataUrl = metadataUrl(dependencies.config.mcpUrl);
  return async (request, response, next) => {
    const presented = /^Bearer +([\w.~+/-]+=*)$/i.exec(request.headers.authorization ?? '')?.[1];
    const { requestId = uuid() } = response.locals as { requestId?: string };
    const caller = presented === undefined ? null : await findAppCaller(dependencies, presented, requestId);
    if (caller !== null) {
      authenticated.set(request, { caller, selection: readSelection(request.query) });
      return next();
    }
    const detail =
      presented === undefined
        ? 'Connect with OAuth first.'
        : 'This access token is not valid. Refresh it or connect again.';
    const refusal = new OAuthError(OAuthErrorCode.InvalidToken, detail);
    return sendWebResponse(
      response,
      bearerAuthChallengeResponse(refusal, { requiredScopes: [...API_SCOPES], resourceMetadataUrl }),
    );
  };
}
