import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import { type AddressInfo, createServer as createTcpServer, type Server as TcpServer } from 'node:net';
import { inspect } from 'node:util';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { type RotatorSettings, rotatorSettings } from '../../../core/domain/rotators.ts';
import { type UpstreamUrl, UpstreamUrlError } from '../../../core/outbound/upstream-url.ts';
import { createRotator } from '../../../core/rotators/create-rotator.ts';
import { rotatorDestinations } from '../../../core/rotators/destinations.ts';
import type { Rotator } from '../../../core/rotators/rotator.ts';
import { type ProviderServer, startProvider } from '../servers/provider.ts';
import { httpRotatorOf, keyRequestsOf } from '../servers/provider-rotator.ts';
import { contextOf, failureOf, LONG_AGO, MARKER } from './rotator-bench.ts';

const CURRENT = 'AKIACURRENTCURRENT00:current-secret-4711-current';
const ADMIN = 'AKIAADMINADMINADMI00:admin-secret-0815-admin-xx';

let provider: ProviderServer;
const servers: Server[] = [];

/** The origin of a server that ends with the test. */
async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  servers.push(server);
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

beforeAll(async () => {
  provider = await startProvider();
});
afterAll(() => provider.stop());

/** Every call of a rotator that goes out; AWS' plan is one of them. */
const CALLS: [string, (rotator: Rotator) => Promise<unknown>][] = [
  ['mint', async (rotator) => rotator.mint(await rotator.plan(MARKER))],
  ['find', (rotator) => rotator.find({ marker: MARKER, planned_at: LONG_AGO.toISOString() })],
  ['revoke', (rotator) => rotator.revoke({ provider_reference: { id: 'AKIAOTHEROTHEROTHE00' }, value: null })],
  ['verify', (rotator) => rotator.verify(CURRENT, LONG_AGO)],
  ['proveRefused', (rotator) => rotator.proveRefused(CURRENT, LONG_AGO)],
];

/** The settings of each kind, with all requests to one origin. */
const kindsAt = (origin: string): Record<string, RotatorSettings> => {
  const at = { ...provider, url: origin } as ProviderServer;
  const parse = (settings: Record<string, unknown>) => rotatorSettings.parse(settings);
  return {
    http: httpRotatorOf(at),
    oauth2_client_secret: parse({
      kind: 'oauth2_client_secret',
      ...keyRequestsOf(at),
      token_url: `${origin}/oauth/token`,
      client_id: 'billing',
      settling_seconds: 0,
    }),
    aws_iam: parse({ kind: 'aws_iam', user_name: 'billing', iam_url: origin, sts_url: origin, settling_seconds: 0 }),
    agentgateway_key: parse({
      kind: 'agentgateway_key',
      app_url: origin,
      relay_url: origin,
      agent: 'a',
      admin_credential: 'admin-key',
      settling_seconds: 0,
    }),
  };
};

describe('invariant 9: a secret goes only to allowed hosts', () => {
  let trap: TcpServer;
  let connections = 0;

  beforeAll(async () => {
    trap = createTcpServer((socket) => {
      connections += 1;
      socket.destroy();
    }).listen(0, '127.0.0.1');
    await once(trap, 'listening');
  });
  afterAll(() => {
    trap.close();
  });

  test.each(['http', 'oauth2_client_secret', 'aws_iam', 'agentgateway_key'])(
    'every call of %s is refused before a connection is made',
    async (kind) => {
      const origin = `http://127.0.0.1:${(trap.address() as AddressInfo).port}`;
      const settings = kindsAt(origin)[kind] as RotatorSettings;
      const allowed = { hosts: ['api.example.com'], currentValue: CURRENT, adminValue: ADMIN, adminHosts: [origin] };
      const forAdmin = createRotator(settings, contextOf(allowed), null);
      const forCredential = createRotator(
        settings,
        contextOf({ ...allowed, hosts: [origin], adminHosts: ['api.example.com'] }),
        null,
      );
      for (const [name, call] of CALLS) {
        const carriesCredential = name === 'verify' || name === 'proveRefused';
        const failure = await failureOf(call(carriesCredential ? forAdmin : forCredential));
        expect([name, failure.kind]).toEqual([name, 'permanent']);
        expect(failure.message).toContain('may not be sent to');
      }
      expect(connections).toBe(0);
    },
  );

  test('what a rotator will call is known when it is set', () => {
    const told = (kind: string) =>
      rotatorDestinations(kindsAt('http://127.0.0.1:7')[kind] as RotatorSettings).map(
        ({ secretOf, upstream }: { secretOf: string; upstream: UpstreamUrl }) => `${secretOf} ${upstream.origin}`,
      );
    for (const kind of ['http', 'oauth2_client_secret', 'aws_iam', 'agentgateway_key']) {
      expect(new Set(told(kind))).toEqual(new Set(['admin http://127.0.0.1:7', 'credential http://127.0.0.1:7']));
    }
  });

  test('a URL that is none is told when the rotator is set', () => {
    const settings = httpRotatorOf({ url: 'https://api.example.com:99999' } as ProviderServer);
    expect(() => rotatorDestinations(settings)).toThrow(UpstreamUrlError);
  });

  test('a redirect is not followed, whoever asks for it', async () => {
    const seen: string[] = [];
    const origin = await serve((request, response) => {
      seen.push(request.url ?? '');
      response.writeHead(307, { location: '/elsewhere' }).end();
    });
    const context = contextOf({ hosts: [origin], currentValue: CURRENT, adminValue: ADMIN });
    for (const settings of Object.values(kindsAt(origin))) {
      const rotator = createRotator(settings, context, null);
      for (const [name, call] of CALLS) {
        if (settings.kind === 'agentgateway_key' && (name === 'verify' || name === 'proveRefused')) continue;
        expect((await failureOf(call(rotator))).message).toMatch(/307/);
      }
    }
    expect(seen).not.toContain('/elsewhere');
  });
});

describe('invariant 1: no secret stands in an error', () => {
  /** Quotes whatever it was sent, as providers do. */
  const quoting =
    (status: number): RequestListener =>
    async (request, response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk);
      const quoted = JSON.stringify({ ...request.headers, url: request.url, body: Buffer.concat(chunks).toString() });
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(status === 200 ? `not JSON: ${quoted}` : quoted);
    };

  test.each([200, 400, 401, 403, 404, 409, 429, 500])('the provider answers %i and quotes it', async (status) => {
    const origin = await serve(quoting(status));
    const context = contextOf({ hosts: [origin], currentValue: CURRENT, adminValue: ADMIN });
    let failures = 0;
    for (const settings of Object.values(kindsAt(origin))) {
      const rotator = createRotator(settings, context, null);
      for (const [, call] of CALLS) {
        const error = await call(rotator).then(
          () => null,
          (thrown) => thrown,
        );
        if (error === null) continue;
        failures += 1;
        expect(error.name).toBe('RotatorError');
        const everything = `${inspect(error, { depth: 10, showHidden: true })} ${JSON.stringify(error)}`;
        for (const secret of [CURRENT, ADMIN]) {
          for (const part of [secret, secret.split(':')[1] ?? '', encodeURIComponent(secret)]) {
            expect(everything).not.toContain(part);
          }
          expect(everything).not.toContain(Buffer.from(secret).toString('base64').slice(4, -4));
        }
      }
    }
    expect(failures).toBeGreaterThan(5);
  });

  test('a secret that cannot stand in a header is told without being shown', async () => {
    const secret = 'first line\r\nx-injected: yes';
    const context = contextOf({ hosts: [provider.allowedHost], currentValue: CURRENT });
    const failure = await failureOf(createRotator(httpRotatorOf(provider), context, null).verify(secret, LONG_AGO));
    expect(failure.message).toContain('header');
    expect(failure.message).not.toContain('first line');
  });

  test('an answer of over 1 MiB is not read to its end', async () => {
    let written = 0;
    const origin = await serve((_request, response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      const more = () => {
        while (written < 64 * 1_048_576 && !response.destroyed) {
          written += 65_536;
          if (!response.write(' '.repeat(65_536))) return response.once('drain', more);
        }
        return response.end();
      };
      more();
    });
    const settings = kindsAt(origin).http as RotatorSettings;
    const rotator = createRotator(settings, contextOf({ hosts: [origin], currentValue: CURRENT }), null);
    const failure = await failureOf(rotator.find({ marker: MARKER, planned_at: LONG_AGO.toISOString() }));
    expect(failure.message).toContain('1 MiB');
    expect(written).toBeLessThan(32 * 1_048_576);
  });
});
