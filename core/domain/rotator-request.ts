import { z } from 'zod';

/**
 * The declarative requests of a rotator. Placeholders stand in the URL (behind the host), in headers and in the
 * strings of the body:
 * - `{secret}` the version that is verified, revoked or proved refused;
 * - `{admin_secret}` what the rotator's own calls use: the current version of this credential, or of `admin_credential`;
 * - `{marker}` the name by which a lost key is found again;
 * - `{reference}` the provider's ID of the key.
 * `{admin_secret|base64}` and `{secret|base64}` are for HTTP Basic.
 */
export const ROTATOR_PLACEHOLDERS = ['secret', 'admin_secret', 'marker', 'reference'] as const;
export type RotatorPlaceholder = (typeof ROTATOR_PLACEHOLDERS)[number];

/** A placeholder, or what looks like one and is a mistake. */
export const PLACEHOLDER_PATTERN = /\{([A-Za-z_]+)(\|[A-Za-z0-9]+)?\}/g;

/** Where the host ends and placeholders may begin. */
const FIXED_ORIGIN = /^https?:\/\/[^/{}?#\s\\@]+\//i;

const singleLine = z
  .string()
  .max(2_048)
  .regex(/^[\x20-\x7e]*$/, 'must be one line of plain ASCII');
const headerName = z.string().regex(/^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,128}$/, 'must be a header name such as X-Api-Key');

const DEEPEST_JSON = 6;

/** Headers that frame or route a request (RFC 9110, RFC 9112). */
const UNUSABLE_HEADERS =
  /^(connection|content-length|expect|host|keep-alive|proxy-.*|te|trailer|transfer-encoding|upgrade)$/i;

export const rotatorRequest = z
  .strictObject({
    method: z.enum(['GET', 'POST', 'PUT', 'PATCH', 'DELETE']),
    url: singleLine.regex(FIXED_ORIGIN, 'must begin like https://api.example.com/ with no placeholder in the host'),
    headers: z.record(headerName, singleLine).optional(),
    json: z
      .record(z.string(), z.unknown())
      // Aborts: what follows walks through it.
      .refine((json) => isSmall(json, DEEPEST_JSON), { error: 'must be a small JSON object', abort: true })
      .optional()
      .describe('The body, as JSON.'),
    form: z.record(z.string(), singleLine).optional().describe('The body, as application/x-www-form-urlencoded.'),
  })
  .superRefine((request, context) => {
    const refuse = (message: string, ...path: string[]) => context.addIssue({ code: 'custom', message, path });
    if (request.json !== undefined && request.form !== undefined) refuse('give json or form, not both', 'form');
    if (request.method === 'GET' && (request.json ?? request.form) !== undefined) {
      refuse('a GET has no body: put it in the url', 'method');
    }
    for (const name of Object.keys(request.headers ?? {})) {
      if (UNUSABLE_HEADERS.test(name)) refuse(`the header ${name} cannot be set`, 'headers', name);
    }
    for (const [placeholder, name, form] of placeholderMatches(request)) {
      if (!isPlaceholder(name) || (form !== undefined && form !== '|base64')) {
        refuse(`${placeholder} is unknown; there are {${ROTATOR_PLACEHOLDERS.join('}, {')}} and |base64`);
      }
    }
  });

export type RotatorRequest = z.infer<typeof rotatorRequest>;

/** The placeholders that a request uses. */
export function placeholdersOf(request: RotatorRequest): Set<RotatorPlaceholder> {
  return new Set(
    placeholderMatches(request)
      .map(([, name]) => name)
      .filter(isPlaceholder),
  );
}

function placeholderMatches({ url, headers, form, json }: RotatorRequest): RegExpExecArray[] {
  const texts = [url, ...Object.values(headers ?? {}), ...Object.values(form ?? {}), ...stringsIn(json)];
  return texts.flatMap((text) => [...text.matchAll(PLACEHOLDER_PATTERN)]);
}

function stringsIn(json: unknown): string[] {
  if (typeof json === 'string') return [json];
  return typeof json === 'object' && json !== null ? Object.values(json).flatMap(stringsIn) : [];
}

function isSmall(json: unknown, depth: number): boolean {
  if (typeof json === 'string') return json.length <= 2_048;
  if (typeof json !== 'object' || json === null) return true;
  const members = Object.values(json);
  return depth > 0 && members.length <= 100 && members.every((member) => isSmall(member, depth - 1));
}

function isPlaceholder(name: string | undefined): name is RotatorPlaceholder {
  return ROTATOR_PLACEHOLDERS.includes(name as RotatorPlaceholder);
}
