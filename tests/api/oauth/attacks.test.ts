import { once } from 'node:events';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { formFields, openBrowser } from '../../servers/browser.ts';
import {
  askForTokens,
  authorizationRequest,
  callMcp,
  connect,
  consent,
  openConsent,
  REDIRECT_URI,
  type RunningApp,
  registerClient,
  signIn,
  startApp,
} from '../../servers/connected-app.ts';
import { seedCaller } from '../../servers/seed.ts';

const CALLBACK = 'https://app.test/callback';

let app: RunningApp;
let person: Awaited<ReturnType<typeof seedCaller>>;
let clientId: string;

beforeAll(async () => {
  app = await startApp();
  person = await seedCaller(app.dependencies.database, 'admin');
  clientId = await registerClient(app.url, { redirect_uris: [CALLBACK, 'http://127.0.0.1/callback'] });
});
afterAll(() => app.stop());

function grantsOf({ organizationId }: typeof person): Promise<number> {
  return app.dependencies.database.inOrganization(organizationId, (transaction) => transaction.oauthGrant.count());
}

/** A code that a person allowed, not yet exchanged. */
async function allowedCode() {
  const browser = await signIn(app, person);
  const request = authorizationRequest(app.url, clientId, { redirect_uri: CALLBACK });
  const redirected = await consent(browser, request.url);
  return {
    grant_type: 'authorization_code',
    client_id: clientId,
    redirect_uri: CALLBACK,
    code: redirected.searchParams.get('code') ?? '',
    code_verifier: request.verifier,
  };
}

describe('a code is sent nowhere but to a redirect that the client registered', () => {
  test.each([
    'https://app.test/callback/',
    'https://app.test/callback?next=evil',
    'https://app.test/callback/../other',
    'https://app.test/callback%2f..%2fother',
    'https://APP.test/callback',
    'https://app.test:8443/callback',
    'https://app.test.evil.test/callback',
    'https://app.test@evil.test/callback',
    'https://app.test\\@evil.test/callback',
    'https://evil.test/?https://app.test/callback',
    'http://app.test/callback',
    '//app.test/callback',
    'http://127.0.0.1.evil.test/callback',
    'http://127.0.0.1:1@evil.test/callback',
    'http://127.0.0.1:43210/other',
    'http://localhost:43210/callback',
    'javascript:alert(1)//app.test/callback',
    '',
  ])('%j', async (redirectUri) => {
    const answer = await fetch(authorizationRequest(app.url, clientId, { redirect_uri: redirectUri }).url, {
      redirect: 'manual',
    });
    expect([answer.status, answer.headers.get('location')]).toEqual([400, null]);
  });

  test('of two', async () => {
    const { url } = authorizationRequest(app.url, clientId, { redirect_uri: CALLBACK });
    url.searchParams.append('redirect_uri', 'https://evil.test/callback');
    const answer = await fetch(url, { redirect: 'manual' });
    expect([answer.status, answer.headers.get('location')]).toEqual([400, null]);
  });

  test('and an error goes there no more than a code does', async () => {
    const wrong = { redirect_uri: 'https://evil.test/callback', response_type: 'token' };
    const answer = await fetch(authorizationRequest(app.url, clientId, wrong).url, { redirect: 'manual' });
    expect([answer.status, answer.headers.get('location')]).toEqual([400, null]);
  });
});

describe('a stolen code is worth nothing', () => {
  test.each([
    ['without the verifier', () => ({ code_verifier: '' })],
    ['under another redirect', () => ({ redirect_uri: 'http://127.0.0.1/callback' })],
    ['by another client', async () => ({ client_id: await registerClient(app.url, { redirect_uris: [CALLBACK] }) })],
    ['for another resource', () => ({ resource: 'https://other.test/api/mcp' })],
  ])('%s', async (_how, change) => {
    const code = await allowedCode();
    const { status, body } = await askForTokens(app.url, { ...code, ...(await change()) });
    expect(status).toBe(400);
    expect(body.access_token).toBeUndefined();
  });

  test.each(['form_post', 'fragment'])('and is handed out in no other way: response_mode %s', async (mode) => {
    const wrong = { redirect_uri: CALLBACK, response_mode: mode };
    const answer = await (await signIn(app, person)).get(authorizationRequest(app.url, clientId, wrong).url);
    const redirected = new URL(answer.headers.get('location') ?? '');
    expect([redirected.origin, redirected.searchParams.get('error')]).toEqual([
      'https://app.test',
      'unsupported_response_mode',
    ]);
  });

  test.each([['token'], ['id_token'], ['code token'], ['none']])(
    'and nothing but codes is handed out: response_type %s',
    async (responseType) => {
      const { url } = authorizationRequest(app.url, clientId, {
        redirect_uri: CALLBACK,
        response_type: responseType,
      });
      const answer = await (await signIn(app, person)).get(url);
      const { searchParams, hash } = new URL(answer.headers.get('location') ?? 'https://none.test/#none');
      expect(searchParams.get('error') ?? hash).toMatch(/unsupported_response_type|error=unsupported_response_type/);
    },
  );
});

describe('a refresh token', () => {
  test.each([
    ['reaches no further than its grant', { scope: 'agents:write' }],
    ['is for no other resource', { resource: 'https://other.test/api/mcp' }],
  ])('%s', async (_name, change) => {
    const made = await connect(app, person, { changes: { area_agents: 'read' } });
    const { status, body } = await askForTokens(app.url, {
      grant_type: 'refresh_token',
      client_id: made.clientId,
      refresh_token: made.tokens.refresh_token,
      ...change,
    });
    expect([status, body.access_token]).toEqual([400, undefined]);
  });
});

describe('consent', () => {
  test('is never given silently, though the person allowed the same app before', async () => {
    const { clientId: known, browser } = await connect(app, person);
    const before = await grantsOf(person);
    const silent = await browser.get(authorizationRequest(app.url, known, { prompt: 'none' }).url);
    const answer = new URL(silent.headers.get('location') ?? '');
    expect([answer.searchParams.get('code'), answer.searchParams.get('error')]).toEqual([
      null,
      expect.stringMatching(/login_required|consent_required|interaction_required/),
    ]);
    const again = await openConsent(browser, authorizationRequest(app.url, known).url);
    expect(again.page.status).toBe(200);
    expect(await grantsOf(person)).toBe(before);
  });

  test('that one person was shown cannot be sent off by the next who signs in there', async () => {
    const next = await seedCaller(app.dependencies.database, 'admin');
    const browser = await signIn(app, person);
    const { path, page } = await openConsent(browser, authorizationRequest(app.url, clientId, here()).url);
    const shown = formFields(await page.text(), path);
    await signIn(app, next, browser);
    const before = [await grantsOf(person), await grantsOf(next)];
    for (const organization of [person.organizationId, next.organizationId]) {
      const answer = await browser.post(path, { ...shown, organization, decision: 'allow' });
      expect(answer.status).toBe(403);
    }
    expect([await grantsOf(person), await grantsOf(next)]).toEqual(before);
  });

  test('changes nothing when its address is only fetched, by a client or a mail scanner', async () => {
    const before = await grantsOf(person);
    const { url } = authorizationRequest(app.url, clientId, here());
    await (await fetch(url)).text();
    const browser = await signIn(app, person);
    const { path } = await openConsent(browser, url);
    await (await browser.get(path)).text();
    expect(await grantsOf(person)).toBe(before);
    expect((await consent(browser, url)).searchParams.get('code')).toMatch(/\S/);
  });

  test('shows the name that an app gave itself as text, without what hides or turns round', async () => {
    const name = `<b>Claude</b>\u202E${'\u200B'}evil ${'long '.repeat(60)}`;
    const named = await registerClient(app.url, { client_name: name });
    const { page } = await openConsent(await signIn(app, person), authorizationRequest(app.url, named).url);
    const text = await page.text();
    expect(text).toContain('&lt;b&gt;Claude&lt;/b&gt;evil long');
    expect(text).not.toMatch(/<b>Claude|[\u202E\u200B]/);
    expect(text).not.toContain('long '.repeat(40));
    expect(text).toContain('registered by the app itself');
  });
});

function here() {
  return { redirect_uri: REDIRECT_URI.replace('43210', '43211') };
}

describe('the MCP server', () => {
  /** `fetch` sets Host by itself. */
  async function answerTo(headers: Record<string, string>): Promise<number | undefined> {
    const { tokens } = await connect(app, person);
    const request = httpRequest(`${app.url}/api/mcp`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${tokens.access_token}`,
        'content-type': 'application/json',
        accept: 'application/json, text/event-stream',
        ...headers,
      },
    });
    request.end(JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/list', params: {} }));
    const [answer] = (await once(request, 'response')) as [IncomingMessage];
    answer.resume();
    return answer.statusCode;
  }

  test.each([
    ['under its own name', {}, 200],
    ['from a page of its own', { origin: () => app.url }, 200],
    ['under a name that was rebound to it', { host: 'evil.test' }, 403],
    ['under a name that begins like its own', { host: 'localhost.evil.test' }, 403],
    ['from another site’s page', { origin: 'https://evil.test' }, 403],
    ['from a page without an origin', { origin: 'null' }, 403],
  ])('answers DNS rebinding as it should: %s', async (_name, headers, status) => {
    const sent = Object.entries(headers).map(([name, value]) => [name, typeof value === 'string' ? value : value()]);
    expect(await answerTo(Object.fromEntries(sent))).toBe(status);
  });

  test('takes an access token in its header alone', async () => {
    const { tokens, browser } = await connect(app, person);
    const list = { method: 'tools/list', params: {} };
    const inAddress = await callMcp(`${app.url}/api/mcp?access_token=${tokens.access_token}`, 'none', list);
    const bySession = await browser.post('/api/mcp', {});
    expect([inAddress.status, bySession.status]).toEqual([401, 401]);
    const refreshToken = await callMcp(app.url, tokens.refresh_token, list);
    expect(refreshToken.status).toBe(401);
  });
});

test('the endpoints take no other site’s word for where they are', async () => {
  const browser = openBrowser(app.url);
  const request = httpRequest(`${app.url}/.well-known/oauth-authorization-server`, {
    headers: { host: 'evil.test', 'x-forwarded-host': 'evil.test', 'x-forwarded-proto': 'gopher' },
  }).end();
  const [answer] = (await once(request, 'response')) as [IncomingMessage];
  let text = '';
  for await (const chunk of answer) text += chunk;
  expect(JSON.parse(text)).toMatchObject({ issuer: app.url, token_endpoint: `${app.url}/oauth/token` });
  expect(text).not.toContain('evil.test');
  const started = await browser.get(authorizationRequest(app.url, clientId, here()).url);
  expect(started.headers.get('location')).toMatch(/^\/oauth\/interaction\//);
});
