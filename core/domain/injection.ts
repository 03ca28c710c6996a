/** How a linked credential's secret is put into a call. `{secret}` in `template` stands for the secret. */
export type Injection =
  | { kind: 'bearer' }
  | { kind: 'basic' }
  | { kind: 'header'; name: string; template: string }
  | { kind: 'query'; name: string }
  | ClientCredentialsInjection
  | AwsSigv4Injection;

/** The secret is a client secret: an access token is fetched with it (RFC 6749 §4.4) and sent as bearer. */
export type ClientCredentialsInjection = {
  kind: 'oauth2_client_credentials';
  token_url: string;
  client_id: string;
  scope?: string;
  audience?: string;
};

/** The secret is an AWS access key: calls are signed with it (AWS Signature Version 4). */
export type AwsSigv4Injection = { kind: 'aws_sigv4'; region: string; service: string };

/** What each kind's link may say besides `kind`. */
export const INJECTION_MEMBERS = {
  bearer: [],
  basic: [],
  header: ['name', 'template'],
  query: ['name'],
  oauth2_client_credentials: ['token_url', 'client_id', 'scope', 'audience'],
  aws_sigv4: ['region', 'service'],
} as const satisfies Record<Injection['kind'], readonly string[]>;

export const INJECTION_KINDS = Object.keys(INJECTION_MEMBERS) as Injection['kind'][];

/** What `parseInjection` refuses, and why; the message may be shown. */
export class InjectionError extends Error {
  override readonly name = 'InjectionError';
}

export const SECRET_PLACEHOLDER = '{secret}';

/** Headers that frame or route the call: a secret in them would break it or change where it goes. */
const UNUSABLE_HEADERS = new Set([
  'connection',
  'content-encoding',
  'content-length',
  'expect',
  'host',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/** Headers that upstreams send back to whoever calls, or that choose the answer: a secret in them would be given away. */
const ECHOED_HEADERS =
  /^(accept(-.*)?|access-control-.*|forwarded|idempotency-key|if-.*|origin|range|referer|trace(parent|state)|user-agent|x-forwarded-.*|(.*-)?(correlation|request)-id)$/;

/**
 * Reads a link's injection from JSON. A header's template may be left out; it is then the secret alone. A token URL is
 * only read as text here: who uses it parses it and asks the network guard.
 * @throws InjectionError
 */
export function parseInjection(value: unknown): Injection {
  const members = Object(value) as Record<string, unknown>;
  const { kind } = members;
  if (!isKind(kind)) throw new InjectionError(`injection kind must be one of ${INJECTION_KINDS.join(', ')}`);
  const known: readonly string[] = INJECTION_MEMBERS[kind];
  const extra = Object.keys(members).find((member) => member !== 'kind' && !known.includes(member));
  if (extra !== undefined) throw new InjectionError(`injection kind ${kind} takes no ${extra}`);
  switch (kind) {
    case 'bearer':
    case 'basic':
      return { kind };
    case 'header':
      return { kind, name: headerName(members.name), template: headerTemplate(members.template ?? SECRET_PLACEHOLDER) };
    case 'query':
      return { kind, name: queryName(members.name) };
    case 'oauth2_client_credentials':
      return {
        kind,
        token_url: tokenUrl(members.token_url),
        client_id: clientText(members.client_id, 'client_id'),
        ...(members.scope !== undefined && { scope: clientText(members.scope, 'scope') }),
        ...(members.audience !== undefined && { audience: clientText(members.audience, 'audience') }),
      };
    case 'aws_sigv4':
      return {
        kind,
        region: awsName(members.region, 'region', 'us-east-1'),
        service: awsName(members.service, 'service', 's3'),
      };
  }
}

function isKind(kind: unknown): kind is Injection['kind'] {
  return typeof kind === 'string' && Object.hasOwn(INJECTION_MEMBERS, kind);
}

function headerName(name: unknown): string {
  // A field name is a token (RFC 9110 §5.1).
  if (typeof name !== 'string' || !/^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,128}$/.test(name)) {
    throw new InjectionError('name must be a header name such as X-Api-Key');
  }
  const lower = name.toLowerCase();
  if (UNUSABLE_HEADERS.has(lower) || ECHOED_HEADERS.test(lower))
    throw new InjectionError(`the header ${name} cannot carry a secret`);
  return name;
}

function headerTemplate(template: unknown): string {
  if (typeof template !== 'string' || !template.includes(SECRET_PLACEHOLDER)) {
    throw new InjectionError(`template must contain ${SECRET_PLACEHOLDER}`);
  }
  if (!/^[\x20-\x7e]{1,1024}$/.test(template)) throw new InjectionError('template must be one line of plain ASCII');
  return template;
}

function queryName(name: unknown): string {
  if (typeof name !== 'string' || !/^[\x21-\x7e]{1,128}$/.test(name)) {
    throw new InjectionError('name must be a query parameter such as api_key');
  }
  return name;
}

function tokenUrl(url: unknown): string {
  if (typeof url !== 'string' || url.length > 2_048 || !/^https?:\/\/[\x21-\x7e]+$/.test(url)) {
    throw new InjectionError('token_url must be the whole URL that gives access tokens, with https://');
  }
  return url;
}

/** Client ID, scope and audience may hold blanks, no control characters (RFC 6749 appendix A). */
function clientText(value: unknown, member: string): string {
  if (typeof value !== 'string' || !/^[\x20-\x7e]{1,1024}$/.test(value)) {
    throw new InjectionError(`${member} must be one line of plain ASCII`);
  }
  return value;
}

function awsName(value: unknown, member: string, example: string): string {
  if (typeof value !== 'string' || !/^[a-z0-9-]{1,64}$/.test(value)) {
    throw new InjectionError(`${member} must be an AWS ${member} such as ${example}`);
  }
  return value;
}
