import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createRegistrationLimit } from '../../../api/oauth/registration-limit.ts';
import { authorizationRequest, type RunningApp, registerClient, startApp } from '../../servers/connected-app.ts';

let app: RunningApp;

beforeAll(async () => {
  app = await startApp();
});
afterAll(() => app.stop());

function register(body: unknown) {
  return fetch(`${app.url}/oauth/register`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
}

test('what this server does not do is left out of a registration instead of failing it', async () => {
  const response = await register({
    client_name: 'Wishful',
    redirect_uris: ['https://app.test/callback'],
    scope: 'openid profile everything',
    grant_types: ['authorization_code', 'refresh_token', 'urn:ietf:params:oauth:grant-type:device_code'],
    token_endpoint_auth_method: 'client_secret_post',
    jwks_uri: 'http://169.254.169.254/',
  });
  expect(response.status).toBe(201);
  const client = (await response.json()) as Record<string, unknown>;
  expect(client).toMatchObject({ client_name: 'Wishful', token_endpoint_auth_method: 'none', application_type: 'web' });
  expect(client).not.toHaveProperty('client_secret');
  expect(client).not.toHaveProperty('jwks_uri');
  expect(client).not.toHaveProperty('registration_access_token');
});

test.each([
  ['a page of another site over http', ['http://app.test/callback']],
  ['a script', ['javascript:alert(1)']],
  ['a fragment', ['https://app.test/callback#x']],
  ['nothing', []],
  ['no list', 'https://app.test/callback'],
])('a redirect that is %s is refused', async (_name, redirectUris) => {
  const response = await register({ redirect_uris: redirectUris });
  expect([response.status, ((await response.json()) as { error: string }).error]).toEqual([
    400,
    'invalid_redirect_uri',
  ]);
});

test('an app that is not registered, or not any more, is told how to register anew', async () => {
  const answer = await fetch(authorizationRequest(app.url, 'forgotten').url, { redirect: 'manual' });
  expect([answer.status, await answer.text()]).toEqual([400, expect.stringContaining('add it again')]);
});

test('broken JSON is told as JSON', async () => {
  const response = await register('{"redirect_uris": [');
  expect([response.status, ((await response.json()) as { error: string }).error]).toEqual([400, 'invalid_request']);
});

test('a loopback redirect matches on any port, and on no other host', async () => {
  const clientId = await registerClient(app.url, { redirect_uris: ['http://localhost/callback'] });
  const authorize = (redirectUri: string) =>
    fetch(
      `${app.url}/oauth/authorize?${new URLSearchParams({
        response_type: 'code',
        client_id: clientId,
        redirect_uri: redirectUri,
        code_challenge: 'x'.repeat(43),
        code_challenge_method: 'S256',
      })}`,
      { redirect: 'manual' },
    );
  expect((await authorize('http://localhost:51234/callback')).headers.get('location')).toMatch(
    /^\/oauth\/interaction\//,
  );
  const refused = await authorize('http://evil.test/callback');
  expect([refused.status, refused.headers.get('location')]).toEqual([400, null]);
  expect(await refused.text()).toContain('Go back to your app');
});

test('a network may register 30 clients at once, then one every 10 seconds', () => {
  let now = 0;
  const limit = createRegistrationLimit(() => now);
  const attempt = (ip: string): number => {
    let status = 200;
    const response = {
      status(code: number) {
        status = code;
        return response;
      },
      set: () => response,
      json: () => response,
    };
    limit({ ip } as never, response as never, () => {});
    return status;
  };
  const ofOneNetwork = (n: number) => `2001:db8:1:2::${n.toString(16)}`;
  const statuses = Array.from({ length: 31 }, (_, n) => attempt(ofOneNetwork(n)));
  expect(statuses.filter((status) => status === 200)).toHaveLength(30);
  expect([attempt('2001:db8:1:3::1'), attempt('203.0.113.7')]).toEqual([200, 200]);
  now += 10_000;
  expect([attempt(ofOneNetwork(1)), attempt(ofOneNetwork(2))]).toEqual([200, 429]);
});
