import { isReadable } from '../../core/domain/readable.ts';
import { API_SCOPES } from '../../core/domain/scopes.ts';
import { isLoopback, isPrivateScheme } from './clients.ts';

const KNOWN_SCOPES: ReadonlySet<string> = new Set(API_SCOPES);

/**
 * The one resource there is, however a client writes it: with or without a trailing slash or a query. Anything else
 * stays as it is and is refused by the authorization server (RFC 8707 `invalid_target`).
 */
export function normaliseResource(resource: string, mcpUrl: string): string {
  const given = URL.parse(resource);
  const own = new URL(mcpUrl);
  if (given === null || given.hash !== '' || given.username !== '' || given.password !== '') return resource;
  const same = given.origin === own.origin && given.pathname.replace(/\/$/, '') === own.pathname;
  return same ? mcpUrl : resource;
}

/**
 * What an authorization request asks for, as this server can grant it: the API scopes that exist (all of them when none
 * is named), reading wherever writing is asked for, and `offline_access`, which clients forget. Scopes that do not exist
 * would make the consent come up again for ever.
 */
export function normaliseScope(scope: string | null): string {
  const named = (scope ?? '').split(' ').filter((name) => KNOWN_SCOPES.has(name));
  const asked = new Set(
    named.length === 0 ? API_SCOPES : named.flatMap((name) => [name.replace(/:write$/, ':read'), name]),
  );
  return [...asked, 'offline_access'].join(' ');
}

/** @param query of the authorization endpoint */
export function rewriteAuthorizationQuery(query: URLSearchParams, mcpUrl: string): URLSearchParams {
  const rewritten = new URLSearchParams(query);
  rewritten.set('scope', normaliseScope(query.get('scope')));
  // Without a consent there is no refresh token; and each consent makes a grant of its own.
  if (query.get('prompt') !== 'none') rewritten.set('prompt', 'consent');
  // The other modes answer by a page that runs a script; as one that does not exist they are refused by a redirect.
  if ((query.get('response_mode') ?? 'query') !== 'query') rewritten.set('response_mode', 'unsupported');
  rewriteResources(rewritten, mcpUrl);
  return rewritten;
}

/** Leaves out `resource` where there is none; the authorization server takes the only one. */
export function rewriteResources(parameters: URLSearchParams, mcpUrl: string): void {
  const resources = new Set(parameters.getAll('resource').map((resource) => normaliseResource(resource, mcpUrl)));
  parameters.delete('resource');
  for (const resource of resources) parameters.append('resource', resource);
}

/** Members of a registration that this server makes use of (RFC 7591 §2); the others are left out, as it allows. */
const REGISTRATION_MEMBERS = ['client_name', 'client_uri'];

/**
 * A registration's body, rebuilt from a white list: clients ask for scopes, grant types and ways of authentication that
 * would make it fail.
 * @returns the body, or what is wrong with it
 */
export function rewriteRegistration(body: unknown): { metadata: Record<string, unknown> } | { wrong: string } {
  if (typeof body !== 'object' || body === null || !isReadable(body))
    return { wrong: 'Send the client metadata as a JSON object (RFC 7591).' };
  const given = body as Record<string, unknown>;
  const redirectUris = given.redirect_uris;
  if (!Array.isArray(redirectUris) || redirectUris.length === 0 || redirectUris.length > 20) {
    return { wrong: 'redirect_uris must list 1 to 20 addresses.' };
  }
  for (const uri of redirectUris) {
    const wrong = redirectProblem(uri);
    if (wrong !== undefined) return { wrong };
  }
  const uris = redirectUris as string[];
  const kept = REGISTRATION_MEMBERS.filter((member) => typeof given[member] === 'string');
  return {
    metadata: {
      ...Object.fromEntries(kept.map((member) => [member, (given[member] as string).slice(0, 300)])),
      redirect_uris: uris,
      application_type: uris.some((uri) => isLoopback(uri) || isPrivateScheme(uri)) ? 'native' : 'web',
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'],
      token_endpoint_auth_method: 'none',
    },
  };
}

/** Schemes that a browser would run or show instead of leading to an app. */
const FORBIDDEN_SCHEMES = new Set([
  'javascript:',
  'data:',
  'vbscript:',
  'file:',
  'blob:',
  'about:',
  'ws:',
  'wss:',
  'ftp:',
]);

function redirectProblem(uri: unknown): string | undefined {
  if (typeof uri !== 'string' || uri.length > 500)
    return 'Each of redirect_uris must be an address of at most 500 characters.';
  const url = URL.parse(uri);
  if (url === null) return 'Each of redirect_uris must be an absolute address.';
  if (url.hash !== '' || url.username !== '') return 'A redirect address has neither fragment nor user name.';
  if (FORBIDDEN_SCHEMES.has(url.protocol)) return `A redirect address cannot begin with ${url.protocol}`;
  if (url.protocol === 'http:' && !isLoopback(uri))
    return 'A redirect over http:// is for loopback addresses only; use https://.';
  return undefined;
}
