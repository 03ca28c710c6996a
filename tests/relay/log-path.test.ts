import { describe, expect, test } from '@jest/globals';
import { logPath } from '../../relay/recording/log-path.ts';

describe('invariant 1: paths that carry secrets are masked in the request log', () => {
  test.each([
    ['/services/T00000000/B00000000/XXXXXXXXXXXXXXXXXXXXXXXX', '/services/T00000000/B00000000/***'],
    ['/bot123456:ABC-DEF1234ghIkl-zyx57W2v1u123ew11/getMe', '/***/getMe'],
    ['/hooks/550e8400-e29b-41d4-a716-446655440000', '/hooks/***'],
    ['/v1/customers/cus_NffrFeUfNV2Hib', '/v1/customers/***'],
    ['/k/sk_live_4eC39HqLyjWDarjtT1zdp7dc', '/k/***'],
  ])('%s is kept as %s', (path, kept) => {
    expect(logPath(path)).toBe(kept);
  });

  test.each([
    '/v1/chat/completions',
    '/v1/models/claude-3-5-sonnet-20241022',
    '/v1/customers/1234567890123/subscriptions',
    '/api/getAccountBalance/hello%20world',
  ])('%s stays readable', (path) => {
    expect(logPath(path)).toBe(path);
  });

  test('a long path is shortened to 128 characters', () => {
    expect(logPath('/segment'.repeat(40))).toHaveLength(128);
  });
});
