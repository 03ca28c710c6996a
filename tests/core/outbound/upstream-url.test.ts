import { describe, expect, test } from '@jest/globals';
import {
  hostAllowed,
  hostEntry,
  parseHostEntry,
  parseUpstreamUrl,
  UpstreamUrlError,
} from '../../../core/outbound/upstream-url.ts';

describe('parseUpstreamUrl', () => {
  test.each([
    ['api.stripe.com', 'https://api.stripe.com', 'api.stripe.com'],
    [' https://API.Stripe.com/v1/ ', 'https://api.stripe.com/v1', 'api.stripe.com'],
    ['api.stripe.com.', 'https://api.stripe.com', 'api.stripe.com'],
    ['https://api.stripe.com:443', 'https://api.stripe.com', 'api.stripe.com'],
    ['http://api.test', 'http://api.test', 'http://api.test:80'],
    ['localhost:8080/a/../b', 'https://localhost:8080/b', 'https://localhost:8080'],
    ['http://2130706433/', 'http://127.0.0.1', 'http://127.0.0.1:80'],
    ['http://0x7f.1/', 'http://127.0.0.1', 'http://127.0.0.1:80'],
    ['http://0177.0.0.01', 'http://127.0.0.1', 'http://127.0.0.1:80'],
    ['http://127.1', 'http://127.0.0.1', 'http://127.0.0.1:80'],
    ['http://①②⑦.0.0.1', 'http://127.0.0.1', 'http://127.0.0.1:80'],
    ['https://[::FFFF:127.0.0.1]', 'https://[::ffff:7f00:1]', '[::ffff:7f00:1]'],
    ['https://bücher.example', 'https://xn--bcher-kva.example', 'xn--bcher-kva.example'],
  ])('%s becomes %s, entry %s', (text, href, entry) => {
    const url = parseUpstreamUrl(text);
    expect([url.href, hostEntry(url)]).toEqual([href, entry]);
    expect(hostAllowed([parseHostEntry(hostEntry(url))], url)).toBe(true);
  });

  test.each([
    '',
    'ftp://example.com',
    'file:///etc/passwd',
    'javascript:alert(1)',
    'mailto:a@example.com',
    'https:example.com',
    'https:///example.com',
    'https://',
    'https://user:password@example.com',
    'user@example.com',
    'https://example.com?key=1',
    'https://example.com/#',
    'https://example.com\\@evil.test',
    'https://exa mple.com',
    'https://example.com/\r\nHost:evil.test',
    'https://*.example.com',
    'https://example..com',
    'https://example.com:0',
    'https://example.com:99999',
    'https://example.com//evil.test',
    'https://example.com/a%2f..%2fb',
    `https://example.com/${'a'.repeat(2_100)}`,
  ])('refuses %j', (text) => {
    expect(() => parseUpstreamUrl(text)).toThrow(UpstreamUrlError);
  });
});

describe('invariant 9: allowed_hosts are exact', () => {
  test.each([
    ['api.stripe.com', 'api.stripe.com'],
    ['https://api.stripe.com/', 'api.stripe.com'],
    ['http://api.stripe.com', 'http://api.stripe.com:80'],
    ['API.stripe.com:8443', 'https://api.stripe.com:8443'],
  ])('entry %s is kept as %s', (text, entry) => {
    expect(parseHostEntry(text)).toBe(entry);
  });

  test.each(['*', '*.stripe.com', 'api.stripe.com/v1', 'https://key@api.stripe.com', 'ftp://api.stripe.com'])(
    'refuses the entry %s',
    (text) => {
      expect(() => parseHostEntry(text)).toThrow(UpstreamUrlError);
    },
  );

  test.each([
    ['https://api.stripe.com/v1', true],
    ['http://api.stripe.com', false],
    ['https://api.stripe.com:8443', false],
    ['https://evil-api.stripe.com', false],
    ['https://api.stripe.com.evil.test', false],
  ])('with api.stripe.com allowed, %s: %s', (text, allowed) => {
    expect(hostAllowed(['api.stripe.com'], parseUpstreamUrl(text))).toBe(allowed);
  });

  test('an empty list allows nothing', () => {
    expect(hostAllowed([], parseUpstreamUrl('https://api.stripe.com'))).toBe(false);
  });
});
