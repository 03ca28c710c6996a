import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type Injection, parseInjection } from '../../../core/domain/injection.ts';
import { rotatorSettings } from '../../../core/domain/rotators.ts';
import { parseUpstreamUrl } from '../../../core/outbound/upstream-url.ts';
import { createRotator } from '../../../core/rotators/create-rotator.ts';
import type { ProbeTarget } from '../../../core/rotators/probe-request.ts';
import { type ProviderServer, startProvider } from '../servers/provider.ts';
import { contextOf, failureOf, LONG_AGO, MARKER } from './rotator-bench.ts';

const MANUAL = rotatorSettings.parse({ kind: 'manual' });

let provider: ProviderServer;

beforeAll(async () => {
  provider = await startProvider();
});
afterAll(() => provider.stop());

const probeOf = (url: string, injection: unknown, more: Partial<ProbeTarget> = {}): ProbeTarget => ({
  upstream: parseUpstreamUrl(`${url}/v1`),
  injection: parseInjection(injection) as Injection,
  method: 'GET',
  path: '/models?limit=1',
  expectStatus: null,
  ...more,
});

const rotatorOf = (probe: ProbeTarget | null, hosts = [provider.allowedHost]) =>
  createRotator(MANUAL, contextOf({ hosts, currentValue: 'the current one' }), probe);

test('a person makes the key: the rotator makes none, and has nothing to look for', async () => {
  const rotator = rotatorOf(null);
  expect(rotator.mints).toBe(false);
  expect((await failureOf(rotator.plan(MARKER))).message).toContain('entry link');
  expect(await rotator.find({ marker: MARKER, planned_at: LONG_AGO.toISOString() })).toEqual([]);
});

test('the value that a person entered is tried by the probe', async () => {
  const key = provider.keys.make('by hand');
  const rotator = rotatorOf(probeOf(provider.url, { kind: 'bearer' }));
  expect(await rotator.verify(key.value, new Date())).toEqual({ outcome: 'accepted' });
  expect(await rotator.verify(`${key.value}x`, new Date())).toEqual({ outcome: 'refused', status: 401 });
  expect(key.liveUses).toBe(1);
});

test('the old key is in doubt until the person has ended it, which the probe sees', async () => {
  const key = provider.keys.make('to be ended');
  const rotator = rotatorOf(probeOf(provider.url, { kind: 'bearer' }));
  const old = { provider_reference: null, value: key.value };
  expect((await failureOf(rotator.revoke(old))).kind).toBe('in_doubt');
  key.active = false;
  await rotator.revoke(old);
  expect(await rotator.proveRefused(key.value, new Date())).toEqual({ outcome: 'refused', status: 401 });
});

describe('the probe sends the value as the relay would', () => {
  let server: Server;
  let url: string;
  let seen: { target: string; headers: IncomingHttpHeaders };

  beforeAll(async () => {
    server = createServer((request, response) => {
      seen = { target: request.url ?? '', headers: request.headers };
      response.writeHead(204).end();
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });

  const probed = async (injection: unknown, value: string, more: Partial<ProbeTarget> = {}) => {
    await rotatorOf(probeOf(url, injection, more), [url, provider.allowedHost]).verify(value, LONG_AGO);
    return seen;
  };

  test('as basic, in a header, in the query', async () => {
    expect((await probed({ kind: 'basic' }, 'user:pass')).headers.authorization).toBe('Basic dXNlcjpwYXNz');
    const header = { kind: 'header', name: 'X-Api-Key', template: 'key {secret}' };
    expect((await probed(header, 'v')).headers['x-api-key']).toBe('key v');
    expect((await probed({ kind: 'query', name: 'limit' }, 'a&b')).target).toBe('/v1/models?limit=a%26b');
  });

  test('as an access token that the client secret gives', async () => {
    const { value } = provider.keys.make('client secret');
    const injection = { kind: 'oauth2_client_credentials', token_url: `${provider.url}/oauth/token`, client_id: 'me' };
    expect((await probed(injection, value)).headers.authorization).toMatch(/^Bearer at_/);
    const rotator = rotatorOf(probeOf(url, injection), [url, provider.allowedHost]);
    expect(await rotator.verify('wrong', LONG_AGO)).toEqual({ outcome: 'refused', status: 401 });
  });

  test('as an AWS signature', async () => {
    const injection = { kind: 'aws_sigv4', region: 'eu-central-1', service: 's3' };
    const { headers, target } = await probed(injection, 'AKIAIOSFODNN7EXAMPLE:wJalrXUtnFEMIK7MDENGbPxRfiCYEXAMPLEKEY');
    expect(headers.authorization).toContain('Credential=AKIAIOSFODNN7EXAMPLE/');
    expect(target).toBe('/v1/models?limit=1');
  });

  test('a status that tells nothing is neither', async () => {
    const failure = await failureOf(probed({ kind: 'bearer' }, 'v', { expectStatus: 200 }));
    expect([failure.kind, failure.message]).toEqual(['permanent', expect.stringContaining('expect_status')]);
  });

  test('a value that does not fit the link is told', async () => {
    const injection = { kind: 'aws_sigv4', region: 'eu-central-1', service: 's3' };
    expect((await failureOf(probed(injection, 'not an access key'))).kind).toBe('permanent');
  });
});
