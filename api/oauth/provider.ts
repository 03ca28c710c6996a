import { generateKeyPairSync } from 'node:crypto';
import type { Response } from 'express';
import { type Configuration, errors, Provider } from 'oidc-provider';
import type { Dependencies } from '../../core/dependencies.ts';
import { API_SCOPES } from '../../core/domain/scopes.ts';
import { renderProblem } from '../pages/page-errors.ts';
import { createAdapter } from './adapter.ts';
import { staticClients } from './clients.ts';
import { renderRequestOver } from './consent-problems.ts';
import { orKeptDocument } from './kept-documents.ts';
import { createMetadataDocumentFetch } from './metadata-documents.ts';

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Where the consent page of an authorization request stands. */
export const INTERACTION_PATH = '/oauth/interaction';

/**
 * The authorization server (OAuth 2.1): public clients, PKCE always (RFC 7636), opaque tokens, one resource (RFC 8707),
 * dynamic registration (RFC 7591), client-ID metadata documents, revocation (RFC 7009).
 */
export async function createAuthorizationServer(
  dependencies: Dependencies,
  fetchDocument: typeof fetch = createMetadataDocumentFetch(),
): Promise<Provider> {
  const { config, instanceKeys, log } = dependencies;
  const signingKey = await instanceKeys.key('oauth-signing', makeSigningKey);
  const cookieKey = await instanceKeys.key('cookies');
  const provider = new Provider(config.publicUrl, {
    ...tokens(config.mcpUrl),
    ...clients,
    adapter: (model: string) => createAdapter(dependencies, model),
    jwks: { keys: [JSON.parse(signingKey.toString('utf8'))] },
    cookies: cookies(config.publicUrl, cookieKey.toString('base64')),
    fetch: orKeptDocument(dependencies, fetchDocument),
    findAccount: (_context, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
    interactions: { url: (_context, interaction) => `${INTERACTION_PATH}/${interaction.uid}` },
    // Each consent asks, and makes a grant of its own: only the grant of this interaction's result counts.
    loadExistingGrant: async (context) => {
      const grantId = context.oidc.result?.consent?.grantId;
      return grantId === undefined ? undefined : context.oidc.provider.Grant.find(grantId);
    },
    renderError: (context, out) => {
      context.respond = false;
      const response = context.res as unknown as Response;
      if (/expired|session/.test(out.error_description ?? '')) return renderRequestOver(response);
      return renderProblem(response, 400, explain(out.error, out.error_description));
    },
  });
  // Endpoint addresses and cookies follow the public URL, which the mount pins in the request's headers.
  provider.proxy = true;
  provider.use(async (context, next) => {
    await next();
    if (context.oidc?.route !== 'discovery') return;
    context.body = {
      ...(context.body as object),
      scopes_supported: [...API_SCOPES, 'offline_access'],
      response_modes_supported: ['query'],
      // Left out, it would mean client_secret_basic (RFC 8414 §2).
      revocation_endpoint_auth_methods_supported: ['none'],
    };
  });
  provider.on('server_error', (_context, error) => log.error({ err: error }, 'the authorization server failed'));
  return provider;
}

/** How the authorization server calls an ID that nobody registered, or one that is forgotten. */
const UNKNOWN_CLIENT = 'client is invalid';

function explain(code: string, description: string | undefined): string {
  if (description === UNKNOWN_CLIENT) {
    return 'This installation does not know the app, or not any more. Remove AgentGateway in the app and add it again: it then registers anew.';
  }
  return `The app's request cannot be answered: ${description ?? code}. Go back to your app and connect again; if this stays, tell its maker.`;
}

/** ES256, as bytes of a JWK: shared by all processes through the instance keys. */
function makeSigningKey(): Buffer {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return Buffer.from(JSON.stringify({ ...privateKey.export({ format: 'jwk' }), alg: 'ES256', use: 'sig' }), 'utf8');
}

function cookies(publicUrl: string, key: string): NonNullable<Configuration['cookies']> {
  const options = { httpOnly: true, signed: true, sameSite: 'lax', secure: publicUrl.startsWith('https://') } as const;
  return {
    names: { session: 'ag_oauth', interaction: 'ag_oauth_interaction', resume: 'ag_oauth_resume' },
    keys: [key],
    long: options,
    short: options,
  };
}

function tokens(mcpUrl: string): Configuration {
  return {
    // API scopes belong to the resource; declared here, the consent would come up again for ever.
    scopes: ['offline_access'],
    responseTypes: ['code'],
    pkce: { required: () => true },
    rotateRefreshToken: true,
    issueRefreshToken: (_context, client) => client.grantTypeAllowed('refresh_token'),
    expiresWithSession: () => false,
    // Revoking any of its tokens ends the grant; so does presenting a code or a retired refresh token again.
    revokeGrantPolicy: () => true,
    // Numbers: else a rotated refresh token inherits what was left of the one before.
    ttl: {
      AccessToken: HOUR,
      AuthorizationCode: MINUTE,
      Grant: 3650 * DAY,
      Interaction: HOUR,
      RefreshToken: 30 * DAY,
      Session: HOUR,
    },
    features: {
      devInteractions: { enabled: false },
      userinfo: { enabled: false },
      rpInitiatedLogout: { enabled: false },
      pushedAuthorizationRequests: { enabled: false },
      dPoP: { enabled: false },
      revocation: { enabled: true, allowedPolicy: (_context, client, token) => token.clientId === client.clientId },
      registration: { enabled: true, issueRegistrationAccessToken: false },
      clientIdMetadataDocument: { enabled: true, ack: 'draft-02' },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => mcpUrl,
        useGrantedResource: () => true,
        getResourceServerInfo: (_context, resource) => {
          if (resource !== mcpUrl) throw new errors.InvalidTarget(`the only resource here is ${mcpUrl}`);
          return { scope: API_SCOPES.join(' '), audience: mcpUrl, accessTokenFormat: 'opaque', accessTokenTTL: HOUR };
        },
      },
    },
  };
}

const clients: Configuration = {
  clients: staticClients,
  clientAuthMethods: ['none'],
  clientDefaults: {
    token_endpoint_auth_method: 'none',
    grant_types: ['authorization_code', 'refresh_token'],
    response_types: ['code'],
    id_token_signed_response_alg: 'ES256',
  },
  // A client that runs in a browser may call from the origins that it is redirected to.
  clientBasedCORS: (_context, origin, client) =>
    (client.redirectUris ?? []).some((uri) => origin !== 'null' && URL.parse(uri)?.origin === origin),
  routes: {
    authorization: '/oauth/authorize',
    token: '/oauth/token',
    registration: '/oauth/register',
    revocation: '/oauth/revoke',
    jwks: '/oauth/jwks',
  },
};
