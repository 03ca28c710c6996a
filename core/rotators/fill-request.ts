import { PLACEHOLDER_PATTERN, type RotatorPlaceholder, type RotatorRequest } from '../domain/rotator-request.ts';
import type { OutboundRequest } from './bound-request.ts';
import { RotatorError } from './rotator.ts';

export type PlaceholderValues = Partial<Record<RotatorPlaceholder, string>>;

/**
 * Puts values into a declarative request, each in the form that its place wants, so that no value can add a header, a
 * parameter or a path segment.
 * @throws RotatorError when a value is missing, or cannot stand in a header
 */
export function fillRequest(request: RotatorRequest, values: PlaceholderValues): OutboundRequest {
  const { type, body } = filledBody(request, values);
  const headers: Record<string, string> = type === null ? {} : { 'content-type': type };
  for (const [name, template] of Object.entries(request.headers ?? {})) {
    headers[name.toLowerCase()] = plainHeader(name, fill(template, values));
  }
  const url = fill(request.url, values, (value) => encodeURIComponent(value.toWellFormed()));
  return { method: request.method, url, headers, body };
}

function filledBody({ json, form }: RotatorRequest, values: PlaceholderValues) {
  if (json !== undefined) return { type: 'application/json', body: JSON.stringify(filledJson(json, values)) };
  if (form === undefined) return { type: null, body: undefined };
  const pairs = Object.entries(form).map(([name, template]): [string, string] => [name, fill(template, values)]);
  return { type: 'application/x-www-form-urlencoded', body: new URLSearchParams(pairs).toString() };
}

function fill(template: string, values: PlaceholderValues, encode: (text: string) => string = (text) => text): string {
  return template.replaceAll(PLACEHOLDER_PATTERN, (_, name: RotatorPlaceholder, form: string | undefined) => {
    const value = values[name];
    if (value === undefined) throw new RotatorError('in_doubt', `There is no {${name}} for this request.`);
    return encode(form === '|base64' ? Buffer.from(value).toString('base64') : value);
  });
}

function filledJson(json: unknown, values: PlaceholderValues): unknown {
  if (typeof json === 'string') return fill(json, values);
  if (Array.isArray(json)) return json.map((item) => filledJson(item, values));
  if (typeof json !== 'object' || json === null) return json;
  return Object.fromEntries(Object.entries(json).map(([name, member]) => [name, filledJson(member, values)]));
}

function plainHeader(name: string, value: string): string {
  if (/^[\t\x20-\x7e\x80-\xff]*$/.test(value)) return value;
  throw new RotatorError('permanent', `The secret cannot stand in the header ${name}: it has control characters.`);
}
