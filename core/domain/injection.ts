/** How a linked credential's secret is put into a call. `{secret}` in `template` stands for the secret. */
export type Injection =
  | { kind: 'bearer' }
  | { kind: 'basic' }
  | { kind: 'header'; name: string; template: string }
  | { kind: 'query'; name: string };

export const INJECTION_KINDS = ['bearer', 'basic', 'header', 'query'] as const satisfies readonly Injection['kind'][];

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

/**
 * Reads a link's injection from JSON. A header's template may be left out; it is then the secret alone.
 * @throws InjectionError
 */
export function parseInjection(value: unknown): Injection {
  const { kind, name, template } = Object(value) as Record<string, unknown>;
  switch (kind) {
    case 'bearer':
    case 'basic':
      if (name !== undefined || template !== undefined) {
        throw new InjectionError(`injection kind ${kind} takes no name and no template`);
      }
      return { kind };
    case 'header':
      return { kind, name: headerName(name), template: headerTemplate(template ?? SECRET_PLACEHOLDER) };
    case 'query':
      if (template !== undefined) throw new InjectionError('injection kind query takes no template');
      return { kind, name: queryName(name) };
    default:
      throw new InjectionError(`injection kind must be one of ${INJECTION_KINDS.join(', ')}`);
  }
}

function headerName(name: unknown): string {
  // A field name is a token (RFC 9110 §5.1).
  if (typeof name !== 'string' || !/^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,128}$/.test(name)) {
    throw new InjectionError('name must be a header name such as X-Api-Key');
  }
  if (UNUSABLE_HEADERS.has(name.toLowerCase())) throw new InjectionError(`the header ${name} cannot carry a secret`);
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
