import { type Injection, SECRET_PLACEHOLDER } from '../domain/injection.ts';

/** An injection with its secret, made once for each snapshot so that a call only has to put it in. */
export type PreparedInjection =
  | { place: 'header'; name: string; lowerName: string; value: string }
  | { place: 'query'; name: string; pair: string };

/** The secret cannot stand in a header (line break, or characters beyond Latin-1). Says nothing of the secret. */
export class UnusableSecretError extends Error {
  override readonly name = 'UnusableSecretError';
}

/**
 * Puts a secret into its form. `basic` takes `user:password`; a secret without a colon is the user name, with an
 * empty password (RFC 7617).
 * @throws UnusableSecretError
 */
export function prepareInjection(injection: Injection, secretValue: string): PreparedInjection {
  switch (injection.kind) {
    case 'bearer':
      return header('Authorization', `Bearer ${secretValue}`);
    case 'basic': {
      const userPassword = secretValue.includes(':') ? secretValue : `${secretValue}:`;
      return header('Authorization', `Basic ${Buffer.from(userPassword).toString('base64')}`);
    }
    case 'header':
      return header(
        injection.name,
        injection.template.replaceAll(SECRET_PLACEHOLDER, () => secretValue),
      );
    case 'query':
      return {
        place: 'query',
        name: injection.name,
        pair: `${encodeURIComponent(injection.name)}=${encodeURIComponent(secretValue)}`,
      };
  }
}

/**
 * Invariant 3: the injected header wins; whatever the caller sent under its name is dropped.
 * @param headers flat list name, value, name, value …; changed in place
 */
export function injectHeader(headers: string[], injection: PreparedInjection): void {
  if (injection.place !== 'header') return;
  let kept = 0;
  for (let i = 0; i < headers.length; i += 2) {
    const name = headers[i] as string;
    if (name.length === injection.lowerName.length && name.toLowerCase() === injection.lowerName) continue;
    headers[kept] = name;
    headers[kept + 1] = headers[i + 1] as string;
    kept += 2;
  }
  headers.length = kept;
  headers.push(injection.name, injection.value);
}

/**
 * Invariant 3 for a query: the caller's parameters of that name, however encoded, are dropped, the injected one added.
 * @param query without its question mark; '' for none
 */
export function injectQuery(query: string, injection: PreparedInjection): string {
  if (injection.place !== 'query') return query;
  const kept = query.split('&').filter((pair) => pair !== '' && decodedName(pair) !== injection.name);
  kept.push(injection.pair);
  return kept.join('&');
}

function header(name: string, value: string): PreparedInjection {
  if (!/^[\t\x20-\x7e\x80-\xff]*$/.test(value)) throw new UnusableSecretError('the secret cannot stand in a header');
  return { place: 'header', name, lowerName: name.toLowerCase(), value };
}

function decodedName(pair: string): string {
  const raw = (pair.split('=', 1)[0] ?? '').replaceAll('+', ' ');
  try {
    return decodeURIComponent(raw);
  } catch {
    return raw;
  }
}
