import { describe, expect, test } from '@jest/globals';
import { type Injection, InjectionError, parseInjection } from '../../../core/domain/injection.ts';
import {
  injectHeader,
  injectQuery,
  type PreparedInjection,
  prepareInjection,
} from '../../../core/outbound/injection.ts';
import { UnusableSecretError } from '../../../core/outbound/unusable-secret.ts';

const prepare = (injection: Injection, secret: string): PreparedInjection =>
  prepareInjection(injection, secret, () => {
    throw new Error('no token is fetched here');
  });

const injectedHeaders = (injection: Injection, secret: string, headers: string[]): string[] => {
  const prepared = prepare(injection, secret);
  if (prepared.place === 'header') injectHeader(headers, prepared);
  return headers;
};

describe('invariant 3: what is injected wins over the caller', () => {
  test.each<[Injection, string, string[]]>([
    [{ kind: 'bearer' }, 'sk_1', ['Authorization', 'Bearer sk_1']],
    [{ kind: 'basic' }, 'user:pass', ['Authorization', 'Basic dXNlcjpwYXNz']],
    [{ kind: 'basic' }, 'sk_1', ['Authorization', 'Basic c2tfMTo=']],
    [{ kind: 'header', name: 'authorization', template: 'token {secret}' }, 'a$&b', ['authorization', 'token a$&b']],
  ])('%j replaces every Authorization header, however written', (injection, secret, expected) => {
    const headers = ['authorization', 'Bearer mine', 'Accept', '*/*', 'AUTHORIZATION', 'Basic mine'];
    expect(injectedHeaders(injection, secret, headers)).toEqual(['Accept', '*/*', ...expected]);
  });

  test('underscores do not smuggle a second header past the injected one', () => {
    const headers = ['X_Api_Key', 'mine', 'x-api_key', 'mine', 'X-Api-Keys', 'other'];
    expect(injectedHeaders({ kind: 'header', name: 'X-Api-Key', template: '{secret}' }, 'sk_1', headers)).toEqual([
      'X-Api-Keys',
      'other',
      'X-Api-Key',
      'sk_1',
    ]);
  });

  test.each([
    ['', 'api_key=a%26b'],
    ['x=1', 'x=1&api_key=a%26b'],
    ['api_key=mine&x=1&api_key=again', 'x=1&api_key=a%26b'],
    ['%61pi%5fkey=mine', 'api_key=a%26b'],
    ['api_key', 'api_key=a%26b'],
    ['API_KEY=2&%zz=1', 'API_KEY=2&%zz=1&api_key=a%26b'],
  ])('query %j becomes %j', (query, expected) => {
    const prepared = prepare({ kind: 'query', name: 'api_key' }, 'a&b');
    expect(prepared.place === 'query' && injectQuery(query, prepared)).toBe(expected);
  });

  test.each(['line\r\nX-Evil: 1', 'zero\u0000', 'schlüssel €'])('a secret like %j never becomes a header', (secret) => {
    const attempt = () => prepare({ kind: 'bearer' }, secret);
    expect(attempt).toThrow(UnusableSecretError);
    expect(attempt).not.toThrow(secret);
  });
});

describe('parseInjection', () => {
  test('a header without a template carries the secret alone', () => {
    expect(parseInjection({ kind: 'header', name: 'X-Api-Key' })).toEqual({
      kind: 'header',
      name: 'X-Api-Key',
      template: '{secret}',
    });
  });

  test.each([
    null,
    {},
    { kind: 'cookie' },
    { kind: 'bearer', name: 'X' },
    { kind: 'header' },
    { kind: 'header', name: 'Host' },
    { kind: 'header', name: 'Transfer-Encoding' },
    { kind: 'header', name: 'X Key' },
    { kind: 'header', name: 'X-Key', template: 'no placeholder' },
    { kind: 'header', name: 'X-Key', template: '{secret}\r\nX-Evil: 1' },
    { kind: 'query' },
    { kind: 'query', name: 'a b' },
    { kind: 'query', name: 'k', template: '{secret}' },
    { kind: 'bearer', token_url: 'https://auth.example.com/token' },
    { kind: 'oauth2_client_credentials', client_id: 'me' },
    { kind: 'oauth2_client_credentials', token_url: 'auth.example.com/token', client_id: 'me' },
    { kind: 'oauth2_client_credentials', token_url: 'https://auth.example.com/token' },
    { kind: 'oauth2_client_credentials', token_url: 'https://auth.example.com/token', client_id: 'a\nb' },
    { kind: 'aws_sigv4', region: 'us-east-1' },
    { kind: 'aws_sigv4', region: 'us-east-1/evil', service: 's3' },
    { kind: 'constructor' },
    { kind: ['bearer'] },
  ])('refuses %j', (value) => {
    expect(() => parseInjection(value)).toThrow(InjectionError);
  });
});
