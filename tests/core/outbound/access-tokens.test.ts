import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import type { Dispatcher } from 'undici';
import { AccessTokenSource } from '../../../core/outbound/access-token-source.ts';
import { AccessTokens } from '../../../core/outbound/access-tokens.ts';
import { createAddressGuard } from '../../../core/outbound/address-guard.ts';
import { createDialer, UpstreamForbiddenError } from '../../../core/outbound/dialer.ts';
import { type AccessToken, fetchAccessToken, TokenFetchError } from '../../../core/outbound/fetch-access-token.ts';
import { createOutboundAgent } from '../../../core/outbound/outbound-agent.ts';

type Asked = { authorization: string | undefined; body: string };

let server: Server;
let agent: Dispatcher;
let tokenUrl: string;
let asked: Asked[] = [];
let answer: (request: Asked, response: ServerResponse) => void;

beforeAll(async () => {
  server = createServer(async (request: IncomingMessage, response) => {
    const received = { authorization: request.headers.authorization, body: await text(request) };
    asked.push(received);
    answer(received, response);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  tokenUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/token`;
  agent = createOutboundAgent(createDialer({ guard: createAddressGuard(['127.0.0.1/32']) }));
});
beforeEach(() => {
  asked = [];
  answer = (_, response) =>
    void response.end(JSON.stringify({ access_token: 'at_1', token_type: 'Bearer', expires_in: 60 }));
});
afterAll(async () => {
  await agent.destroy();
  server.closeAllConnections();
  server.close();
});

const client = { clientId: 'my client', clientSecret: 'cs:s€cret/+' };
const fetchToken = (more: object = {}) => fetchAccessToken(agent, { tokenUrl, ...client, ...more });

describe('the client credentials grant (RFC 6749 §4.4)', () => {
  test('tells the client by HTTP Basic, form-encoded, and asks for scope and audience', async () => {
    expect(await fetchToken({ scope: 'a b', audience: 'https://api.test' })).toEqual({
      value: 'at_1',
      lifetimeSeconds: 60,
    });
    const credentials = Buffer.from(String(asked[0]?.authorization).slice(6), 'base64').toString();
    expect(credentials).toBe('my+client:cs%3As%E2%82%ACcret%2F%2B');
    expect(asked[0]?.body).toBe('grant_type=client_credentials&scope=a+b&audience=https%3A%2F%2Fapi.test');
  });

  test.each([400, 401])('a server that answers Basic with %d gets the client in the form', async (status) => {
    answer = ({ authorization }, response) => {
      if (authorization !== undefined) response.writeHead(status).end('{"error":"invalid_client"}');
      else response.end('{"access_token":"at_2"}');
    };
    expect(await fetchToken()).toEqual({ value: 'at_2', lifetimeSeconds: 300 });
    expect(new URLSearchParams(asked[1]?.body).get('client_secret')).toBe(client.clientSecret);
  });

  test.each<[string, (response: ServerResponse) => void]>([
    ['refuses', (response) => response.writeHead(403).end('cs:s€cret/+')],
    ['redirects', (response) => response.writeHead(302, { location: `${tokenUrl}/other` }).end()],
    ['answers no JSON', (response) => response.end('<html>')],
    ['answers null', (response) => response.end('null')],
    ['gives no token', (response) => response.end('{"token_type":"bearer"}')],
    ['gives a token that breaks headers', (response) => response.end('{"access_token":"a\\r\\nX-Evil: 1"}')],
    ['gives another type', (response) => response.end('{"access_token":"a","token_type":"mac"}')],
    ['gives no lifetime', (response) => response.end('{"access_token":"a","expires_in":"soon"}')],
    ['never ends', (response) => response.end('x'.repeat(100_000))],
    ['hangs up', (response) => response.destroy()],
  ])('a server that %s gives no token, and the error tells no secret', async (_, respond) => {
    answer = (__, response) => respond(response);
    const error = await fetchToken().catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(TokenFetchError);
    expect(String(error)).not.toContain('s€cret');
    expect(asked.length).toBe(1);
  });

  test('a token that is said to live for ever lives a day', async () => {
    answer = (_, response) => void response.end('{"access_token":"at_1","expires_in":1e999}');
    expect((await fetchToken()).lifetimeSeconds).toBe(86_400);
  });

  test('invariant 2: a forbidden address is not asked', async () => {
    const guarded = createOutboundAgent(createDialer({ guard: createAddressGuard([]) }));
    await expect(fetchAccessToken(guarded, { tokenUrl, ...client })).rejects.toThrow(UpstreamForbiddenError);
    expect(asked).toEqual([]);
    await guarded.destroy();
  });
});

describe('a token source', () => {
  /** A source whose fetches the test answers, at a time that the test sets. */
  function start() {
    const fetches: PromiseWithResolvers<AccessToken>[] = [];
    let now = 1_000_000;
    const clock = jest.spyOn(Date, 'now').mockImplementation(() => now);
    const source = new AccessTokenSource(() => {
      const fetch = Promise.withResolvers<AccessToken>();
      fetches.push(fetch);
      return fetch.promise;
    });
    return {
      fetches,
      source,
      current: (seconds: number) => {
        now = 1_000_000 + seconds * 1_000;
        return source.current(now);
      },
      give: async (value: string, lifetimeSeconds = 100) => {
        fetches.at(-1)?.resolve({ value, lifetimeSeconds });
        return source.fetched();
      },
      fail: async () => {
        fetches.at(-1)?.reject(new Error('down'));
        return source.fetched();
      },
      end: () => clock.mockRestore(),
    };
  }

  test('fetches once however many calls wait', async () => {
    const { current, give, source, fetches, end } = start();
    expect([current(0), current(0)]).toEqual([null, null]);
    const waiting = [source.fetched(), source.fetched()];
    await give('one');
    expect(await Promise.all(waiting)).toEqual(['Bearer one', 'Bearer one']);
    expect([current(1), fetches.length]).toEqual(['Bearer one', 1]);
    end();
  });

  test('renews ahead of the end while the old token serves, and not while no call comes', async () => {
    const { current, give, fetches, end } = start();
    current(0);
    await give('one');
    expect([current(79), fetches.length]).toEqual(['Bearer one', 1]);
    expect([current(81), fetches.length]).toEqual(['Bearer one', 2]);
    await give('two');
    expect([current(82), fetches.length]).toEqual(['Bearer two', 2]);
    expect(current(1_000)).toBeNull();
    end();
  });

  test('a token is not sent in its last seconds', async () => {
    const { current, give, end } = start();
    current(0);
    await give('one');
    expect([current(89), current(91)]).toEqual(['Bearer one', null]);
    end();
  });

  test('after failures it waits longer each time, and the old token serves to its end', async () => {
    const { current, give, fail, source, fetches, end } = start();
    current(0);
    await give('one');
    current(81);
    await fail();
    expect([current(81.5), fetches.length]).toEqual(['Bearer one', 2]);
    expect([current(85), fetches.length]).toEqual(['Bearer one', 3]);
    await fail();
    expect([current(86), fetches.length]).toEqual(['Bearer one', 3]);
    expect(source.retryAfterSeconds(1_086_000)).toBeLessThanOrEqual(2);
    for (let attempt = 0; attempt < 12; attempt += 1) {
      current(1_000 + attempt * 100);
      await fail();
    }
    expect(source.retryAfterSeconds(Date.now())).toBeGreaterThan(40);
    expect(source.retryAfterSeconds(Date.now())).toBeLessThanOrEqual(75);
    end();
  });

  test('a token that the upstream refuses is fetched anew, but not a young one', async () => {
    const { current, give, source, fetches, end } = start();
    current(0);
    await give('one', 1_000);
    current(10);
    source.refused(1_010_000);
    expect([current(11), fetches.length]).toEqual(['Bearer one', 1]);
    source.refused(1_031_000);
    expect([current(31), fetches.length]).toEqual([null, 2]);
    end();
  });
});

test('two routes with the same link share a source, another version of the secret does not', () => {
  const tokens = new AccessTokens(agent, () => {});
  const request = { tokenUrl, ...client };
  expect(tokens.source('v1', request)).toBe(tokens.source('v1', { ...request }));
  expect(tokens.source('v2', request)).not.toBe(tokens.source('v1', request));
  expect(tokens.source('v1', { ...request, scope: 'a' })).not.toBe(tokens.source('v1', request));
});

test('the tokens of a released version go: its source is made anew', async () => {
  const tokens = new AccessTokens(agent, () => {});
  const source = tokens.source('released', { tokenUrl, ...client });
  source.current(Date.now());
  expect(await source.fetched()).toBe('Bearer at_1');
  tokens.forget('released');
  expect(tokens.source('released', { tokenUrl, ...client }).current(Date.now())).toBeNull();
});
