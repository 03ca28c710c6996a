import { describe, expect, test } from '@jest/globals';
import { type Injection, InjectionError, parseInjection } from '../../../core/domain/injection.ts';
import { injectHeader, injectQuery, prepareInjection, UnusableSecretError } from '../../../core/outbound/injection.ts';

const injectedHeaders = (injection: Injection, secret: string, headers: string[]): string[] => {
  injectHeader(headers, prepareInjection(injection, secret));
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

  test.each([
    ['', 'api_key=a%26b'],
    ['x=1', 'x=1&api_key=a%26b'],
    ['api_key=mine&x=1&api_key=again', 'x=1&api_key=a%26b'],
    ['%61pi%5fkey=mine', 'api_key=a%26b'],
    ['api_key', 'api_key=a%26b'],
    ['API_KEY=2&%zz=1', 'API_KEY=2&%zz=1&api_key=a%26b'],
  ])('query %j becomes %j', (query, expected) => {
    expect(injectQuery(query, prepareInjection({ kind: 'query', name: 'api_key' }, 'a&b'))).toBe(expected);
  });

  test.each(['line\r\nX-Evil: 1', 'zero\u0000', 'schlüssel €'])('a secret like %j never becomes a header', (secret) => {
    const attempt = () => prepareInjection({ kind: 'bearer' }, secret);
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
  ])('refuses %j', (value) => {
    expect(() => parseInjection(value)).toThrow(InjectionError);
  });
});
