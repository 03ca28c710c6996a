import { type ClientCredentialsInjection, type Injection, SECRET_PLACEHOLDER } from '../domain/injection.ts';
import type { AccessTokenSource } from './access-token-source.ts';
import { readAwsCredentials } from './aws-credentials.ts';
import { AwsSigner } from './aws-signer.ts';
import { UnusableSecretError } from './unusable-secret.ts';

/** A header with its value; what the caller sent under its name is dropped. */
export type InjectedHeader = { place: 'header'; name: string; lowerName: string; value: string };

/** The same for every call. */
export type ConstantInjection = InjectedHeader | { place: 'query'; name: string; pair: string };

/** Another `Authorization` from time to time, or for each call. */
export type LiveInjection =
  | { place: 'access token'; source: AccessTokenSource }
  | { place: 'signature'; signer: AwsSigner };

/** An injection with its secret, made once for each snapshot so that a call only has to put it in. */
export type PreparedInjection = ConstantInjection | LiveInjection;

export function isConstant(injection: PreparedInjection): injection is ConstantInjection {
  return injection.place === 'header' || injection.place === 'query';
}

/** Finds or makes the source of the access tokens that a client secret gives. */
export type TokenSourceOf = (injection: ClientCredentialsInjection, clientSecret: string) => AccessTokenSource;

/**
 * Puts a secret into its form. `basic` takes `user:password`; a secret without a colon is the user name, with an
 * empty password (RFC 7617).
 * @throws UnusableSecretError
 */
export function prepareInjection(
  injection: Injection,
  secretValue: string,
  tokenSourceOf: TokenSourceOf,
): PreparedInjection {
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
    case 'oauth2_client_credentials':
      return { place: 'access token', source: tokenSourceOf(injection, secretValue) };
    case 'aws_sigv4':
      return { place: 'signature', signer: new AwsSigner(injection, readAwsCredentials(secretValue)) };
  }
}

/** The header that carries an access token. */
export function accessTokenHeader(value: string): InjectedHeader {
  return { place: 'header', name: 'Authorization', lowerName: 'authorization', value };
}

/**
 * Invariant 3: the injected header wins; whatever the caller sent under its name is dropped, also where underscores
 * stand for its hyphens, since CGI-like upstreams take the two for one.
 * @param headers flat list name, value, name, value …; changed in place
 */
export function injectHeader(headers: string[], injection: InjectedHeader): void {
  let kept = 0;
  for (let i = 0; i < headers.length; i += 2) {
    const name = headers[i] as string;
    if (isSameField(name, injection.lowerName)) continue;
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
export function injectQuery(query: string, injection: { name: string; pair: string }): string {
  const kept = query.split('&').filter((pair) => pair !== '' && decodedName(pair) !== injection.name);
  kept.push(injection.pair);
  return kept.join('&');
}

function isSameField(name: string, lowerName: string): boolean {
  if (name.length !== lowerName.length) return false;
  const lower = name.toLowerCase();
  return lower === lowerName || lower.replaceAll('_', '-') === lowerName.replaceAll('_', '-');
}

function header(name: string, value: string): InjectedHeader {
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
