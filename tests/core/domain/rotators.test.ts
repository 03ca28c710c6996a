import { describe, expect, test } from '@jest/globals';
import { atJsonPath, JSON_PATH_PATTERN } from '../../../core/domain/json-path.ts';
import { needsProbe, rotatorSettings } from '../../../core/domain/rotators.ts';

const ADMIN = { authorization: 'Bearer {admin_secret}' };

const HTTP = {
  kind: 'http',
  mint: {
    request: { method: 'POST', url: 'https://api.example.com/keys', headers: ADMIN, json: { name: '{marker}' } },
    value_path: 'key.value',
    reference_path: 'id',
  },
  revoke: { request: { method: 'DELETE', url: 'https://api.example.com/keys/{reference}', headers: ADMIN } },
};
const FIND = {
  request: { method: 'GET', url: 'https://api.example.com/keys', headers: ADMIN },
  items_path: 'data',
  marker_path: 'name',
  reference_path: 'id',
};
const mintWith = (request: object) => ({
  ...HTTP,
  mint: { ...HTTP.mint, request: { ...HTTP.mint.request, ...request } },
});

describe('invariant 9: the settings of a rotator fix where its requests go', () => {
  test.each([
    ['the host', { url: 'https://{marker}.example.com/keys' }],
    ['the whole URL', { url: '{marker}' }],
    ['user name and password', { url: 'https://{admin_secret}@example.com/keys' }],
    ['the port', { url: 'https://example.com:{reference}/keys' }],
    ['the scheme', { url: 'ftp://example.com/keys' }],
    ['a host without an end', { url: 'https://example.com{marker}/' }],
    ['a backslash', { url: 'https://example.com\\@evil.test/' }],
    ['the Host header', { headers: { ...ADMIN, Host: 'evil.test' } }],
    ['framing', { headers: { ...ADMIN, 'Transfer-Encoding': 'chunked' } }],
    ['two lines', { headers: { ...ADMIN, 'x-a': 'a\r\nx-b: b' } }],
  ])('%s cannot be a placeholder or be set', (_what, request) => {
    expect(rotatorSettings.safeParse(mintWith(request)).success).toBe(false);
  });
});

test.each([
  ['an unknown placeholder', mintWith({ json: { name: '{name}' } }), '{name} is unknown'],
  ['an unknown form', mintWith({ headers: { authorization: '{admin_secret|hex}' } }), '|base64'],
  ['a value that mint does not have', mintWith({ json: { name: '{reference}' } }), '{reference} has no value in mint'],
  ['a mint that anybody could send', mintWith({ headers: {} }), 'mint must use {admin_secret}'],
  ['two bodies', mintWith({ form: { a: 'b' } }), 'not both'],
  ['a body of a GET', mintWith({ method: 'GET' }), 'a GET has no body'],
  ['a body too deep', mintWith({ json: { a: [[[[[[[1]]]]]]] } }), 'small JSON object'],
  [
    'a search for a marker that nothing carries',
    { ...mintWith({ json: { name: 'key' } }), find: FIND },
    'find finds nothing',
  ],
  [
    'ending nothing in particular',
    { ...HTTP, revoke: { request: { ...HTTP.revoke.request, url: 'https://api.example.com/keys' } } },
    'which key ends',
  ],
  ['a path with a search', { ...HTTP, mint: { ...HTTP.mint, value_path: '$..value' } }, 'must be a path'],
  ['SendGrid keys with every right', { kind: 'sendgrid_api_key' }, 'scopes'],
  [
    'an OpenAI rotator without an admin key',
    { kind: 'openai_service_account', project_id: 'proj_1' },
    'admin_credential',
  ],
  ['a misspelt member', { kind: 'aws_iam', user: 'billing' }, 'user'],
])('%s is refused, and the message says why', (_what, settings, told) => {
  const { error } = rotatorSettings.safeParse(settings);
  expect(JSON.stringify(error?.issues)).toContain(told);
});

test('a hostile body, however deep, is refused without exhausting the stack', () => {
  let json: object = {};
  for (let depth = 0; depth < 50_000; depth += 1) json = { json };
  expect(rotatorSettings.safeParse(mintWith({ json })).success).toBe(false);
});

test('defaults are filled in, and a parsed rotator parses again as it is', () => {
  for (const settings of [
    { ...HTTP, find: FIND },
    { kind: 'aws_iam', user_name: 'billing' },
    { kind: 'sendgrid_api_key', scopes: ['mail.send'] },
    { kind: 'manual', instructions: 'Ask Ada.' },
  ]) {
    const parsed = rotatorSettings.parse(settings);
    expect(rotatorSettings.parse(parsed)).toEqual(parsed);
  }
  expect(rotatorSettings.parse({ kind: 'aws_iam', user_name: 'billing' })).toMatchObject({
    iam_url: 'https://iam.amazonaws.com/',
    settling_seconds: 30,
  });
});

test('only what has no way of its own to try a key needs the probe', () => {
  const verify = { request: { method: 'GET', url: 'https://api.example.com/me', headers: { 'x-key': '{secret}' } } };
  const needs = (settings: unknown) => needsProbe(rotatorSettings.parse(settings));
  expect([needs(HTTP), needs({ ...HTTP, verify }), needs({ kind: 'manual' })]).toEqual([true, false, true]);
  expect(needs({ kind: 'aws_iam', user_name: 'billing' })).toBe(false);
});

describe('JSON paths', () => {
  const document = { data: [{ id: 'a' }, { 'x-y': { z: null } }], n: 0 };

  test.each([
    ['data[0].id', 'a'],
    ['data[1].x-y.z', null],
    ['n', 0],
    ['data.length', undefined],
    ['data[2].id', undefined],
    ['constructor.name', undefined],
    ['data[0].id[0]', undefined],
    ['n.toFixed', undefined],
  ])('%s', (path, value) => {
    expect(JSON_PATH_PATTERN.test(path)).toBe(true);
    expect(atJsonPath(document, path)).toBe(value);
  });

  test.each(['', '.a', 'a.', 'a..b', 'a[-1]', 'a[*]', '$..a', 'a b', 'a[0', '[0]'])('%j is none', (path) => {
    expect(JSON_PATH_PATTERN.test(path)).toBe(false);
  });
});
