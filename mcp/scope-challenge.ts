import { bearerAuthChallengeResponse, OAuthError, OAuthErrorCode } from '@modelcontextprotocol/server';
import type { RequestHandler } from 'express';
import type { Dependencies } from '../core/dependencies.ts';
import { scopeFor, scopesAllow } from '../core/domain/scopes.ts';
import { PublicError } from '../core/errors.ts';
import { invoke } from '../core/operations/invoke.ts';
import { authenticatedCall, metadataUrl } from './authentication.ts';
import type { ToolCatalog } from './tool-catalog.ts';
import { isListed } from './tool-selection.ts';
import { sendWebResponse } from './web-response.ts';

/**
 * A listed tool that the grant does not reach is refused by HTTP 403 `insufficient_scope` (RFC 6750 §3.1) with the
 * scopes held and the one missing, so that a client can ask the person for more.
 */
export function challengeMissingScope(catalog: ToolCatalog, dependencies: Dependencies): RequestHandler {
  const resourceMetadataUrl = metadataUrl(dependencies.config.mcpUrl);
  return async (request, response, next) => {
    const { caller, selection } = authenticatedCall(request);
    const message = Object(request.body) as { method?: unknown; params?: { name?: unknown; arguments?: unknown } };
    const operation =
      message.method === 'tools/call' ? catalog.get(String(message.params?.name))?.operation : undefined;
    if (operation === undefined || operation.area === null || !isListed(operation, caller, selection)) return next();
    const missing = scopeFor(operation.kind, operation.area);
    if (scopesAllow(caller.scopes, missing)) return next();
    try {
      // Refuses, and puts the refusal on the record.
      await invoke(operation, { caller, input: message.params?.arguments }, dependencies);
    } catch (error) {
      if (!(error instanceof PublicError) || error.code !== 'insufficient_scope') throw error;
      const requiredScopes = [...caller.scopes, missing];
      const refusal = new OAuthError(OAuthErrorCode.InsufficientScope, error.detail);
      await sendWebResponse(response, bearerAuthChallengeResponse(refusal, { requiredScopes, resourceMetadataUrl }));
    }
  };
}
