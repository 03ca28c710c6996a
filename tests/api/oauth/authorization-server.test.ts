import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { API_SCOPES } from '../../../core/domain/scopes.ts';
import { bearerHash } from '../../../core/vault/bearer-secret.ts';
import {
  askForTokens,
  authorizationRequest,
  callMcp,
  connect,
  consent,
  mcpAnswer,
  REDIRECT_URI,
  type RunningApp,
  registerClient,
  signIn,
  startApp,
} from '../../servers/connected-app.ts';
import { seedCaller } from '../../servers/seed.ts';

let app: RunningApp;
let person: Awaited<ReturnType<typeof seedCaller>>;

beforeAll(async () => {
  app = await startApp();
  person = await seedCaller(app.dependencies.database, 'admin');
});
afterAll(() => app.stop());

const whoami = { method: 'tools/call', params: { name: 'whoami', arguments: {} } };

async function isAccepted(accessToken: string): Promise<boolean> {
  const response = await callMcp(app.url, accessToken, whoami);
  await response.text();
  return response.status === 200;
}

function refresh(clientId: string, refreshToken: string) {
  return askForTokens(app.url, { grant_type: 'refresh_token', client_id: clientId, refresh_token: refreshToken });
}

describe('discovery', () => {
  test('the well-known documents lead from the resource to the authorization server', async () => {
    for (const path of ['/.well-known/oauth-protected-resource', '/.well-known/oauth-protected-resource/api/mcp']) {
      const resource = (await (await fetch(app.url + path)).json()) as Record<string, unknown>;
      expect(resource).toMatchObject({ resource: `${app.url}/api/mcp`, authorization_servers: [app.url] });
    }
    const response = await fetch(`${app.url}/.well-known/oauth-authorization-server`, {
      headers: { 'x-forwarded-host': 'evil.test' },
    });
    expect(await response.json()).toMatchObject({
      issuer: app.url,
      authorization_endpoint: `${app.url}/oauth/authorize`,
      token_endpoint: `${app.url}/oauth/token`,
      registration_endpoint: `${app.url}/oauth/register`,
      revocation_endpoint: `${app.url}/oauth/revoke`,
      code_challenge_methods_supported: ['S256'],
      response_modes_supported: ['query'],
      token_endpoint_auth_methods_supported: ['none'],
      revocation_endpoint_auth_methods_supported: ['none'],
      client_id_metadata_document_supported: true,
      scopes_supported: [...API_SCOPES, 'offline_access'],
    });
  });
});

describe('the authorization code', () => {
  test('PKCE is required, and only S256 will do', async () => {
    const clientId = await registerClient(app.url);
    const browser = await signIn(app, person);
    const without = authorizationRequest(app.url, clientId).url;
    without.searchParams.delete('code_challenge');
    without.searchParams.delete('code_challenge_method');
    const plain = authorizationRequest(app.url, clientId, { code_challenge_method: 'plain' }).url;
    for (const url of [without, plain]) {
      const answer = await browser.get(url);
      expect(new URL(answer.headers.get('location') ?? '').searchParams.get('error')).toBe('invalid_request');
    }
  });

  test('a wrong verifier gets nothing', async () => {
    const clientId = await registerClient(app.url);
    const browser = await signIn(app, person);
    const redirected = await consent(browser, authorizationRequest(app.url, clientId).url);
    const { status, body } = await askForTokens(app.url, {
      grant_type: 'authorization_code',
      client_id: clientId,
      redirect_uri: REDIRECT_URI,
      code: redirected.searchParams.get('code') ?? '',
      code_verifier: 'x'.repeat(43),
    });
    expect([status, body.error]).toEqual([400, 'invalid_grant']);
  });

  test('the answer names the issuer and keeps the state', async () => {
    const { redirected } = await connect(app, person);
    expect(redirected.href.startsWith(REDIRECT_URI)).toBe(true);
    expect(redirected.searchParams.get('iss')).toBe(app.url);
    expect(redirected.searchParams.get('state')).toBe('kept');
  });

  test('a question mark in the query cuts nothing off', async () => {
    const clientId = await registerClient(app.url);
    const browser = await signIn(app, person);
    const { href } = authorizationRequest(app.url, clientId, { state: 'from?here' }).url;
    const redirected = await consent(browser, new URL(href.replace('from%3Fhere', 'from?here')));
    expect(redirected.searchParams.get('state')).toBe('from?here');
  });

  test('a replayed code ends the grant', async () => {
    const { exchange, tokens } = await connect(app, person);
    expect(await isAccepted(tokens.access_token)).toBe(true);
    const replay = await askForTokens(app.url, exchange);
    expect([replay.status, replay.body.error]).toEqual([400, 'invalid_grant']);
    expect(await isAccepted(tokens.access_token)).toBe(false);
  });

  test('of two exchanges at once, at most one succeeds, and the grant ends', async () => {
    const clientId = await registerClient(app.url);
    const browser = await signIn(app, person);
    const request = authorizationRequest(app.url, clientId);
    const redirected = await consent(browser, request.url);
    const exchange = {
      grant_type: 'authorization_code',
      client_id: clientId,
      redirect_uri: REDIRECT_URI,
      code: redirected.searchParams.get('code') ?? '',
      code_verifier: request.verifier,
    };
    const answers = await Promise.all([askForTokens(app.url, exchange), askForTokens(app.url, exchange)]);
    const successes = answers.filter(({ status }) => status === 200);
    expect(successes.length).toBeLessThanOrEqual(1);
    for (const { body } of successes) expect(await isAccepted(body.access_token)).toBe(false);
  });
});

describe('the resource', () => {
  test.each([
    ['as typed', ''],
    ['with a trailing slash', '/'],
    ['with a query', '?readonly=1'],
  ])('%s is the same resource', async (_name, suffix) => {
    const { tokens } = await connect(app, person, { parameters: { resource: `${app.url}/api/mcp${suffix}` } });
    expect(await isAccepted(tokens.access_token)).toBe(true);
  });

  test('another resource is refused', async () => {
    const clientId = await registerClient(app.url);
    const browser = await signIn(app, person);
    const { url } = authorizationRequest(app.url, clientId, { resource: 'https://other.test/api/mcp' });
    const answer = await browser.get(url);
    expect(new URL(answer.headers.get('location') ?? '').searchParams.get('error')).toBe('invalid_target');
  });

  test('an access token for another audience is refused', async () => {
    const { tokens } = await connect(app, person);
    await app.dependencies.database.inInstance(
      (transaction) => transaction.$executeRaw`
        UPDATE oauth_artifact SET payload = payload || '{"aud": "https://other.test/api/mcp"}'
        WHERE model = 'AccessToken' AND id_hash = ${bearerHash(tokens.access_token)}`,
    );
    expect(await isAccepted(tokens.access_token)).toBe(false);
  });

  test('REST refuses OAuth tokens', async () => {
    const { tokens } = await connect(app, person);
    const response = await fetch(`${app.url}/api/v1/me`, {
      headers: { authorization: `Bearer ${tokens.access_token}` },
    });
    expect(response.status).toBe(401);
  });
});

describe('refreshing', () => {
  test('gives an hour of access, and 30 days from each use', async () => {
    const { clientId, tokens } = await connect(app, person);
    // Most of its time is over.
    await app.dependencies.database.inInstance(
      (transaction) => transaction.$executeRaw`
        UPDATE oauth_artifact SET expires_at = now() + interval '1 day', created_at = now() - interval '29 days',
          payload = payload || jsonb_build_object('iat', (payload->>'iat')::int - 2505600, 'exp', (payload->>'exp')::int - 2505600)
        WHERE model = 'RefreshToken' AND id_hash = ${bearerHash(tokens.refresh_token)}`,
    );
    const { body } = await refresh(clientId, tokens.refresh_token);
    expect(body.expires_in).toBe(3600);
    const [row] = await app.dependencies.database.inInstance(
      (transaction) => transaction.$queryRaw<{ days: number }[]>`
        SELECT round(extract(epoch FROM expires_at - now()) / 86400)::int AS days FROM oauth_artifact
        WHERE model = 'RefreshToken' AND id_hash = ${bearerHash(body.refresh_token)}`,
    );
    expect(row?.days).toBe(30);
  });

  test('a lost answer is forgiven, a retired token ends the grant', async () => {
    const { clientId, tokens } = await connect(app, person);
    const lost = await refresh(clientId, tokens.refresh_token);
    const again = await refresh(clientId, tokens.refresh_token);
    expect([lost.status, again.status]).toEqual([200, 200]);
    expect(await isAccepted(again.body.access_token)).toBe(true);

    const next = await refresh(clientId, again.body.refresh_token);
    expect(next.status).toBe(200);
    // The answer that was lost belongs to the same generation: it is gone, without harm to the grant.
    expect((await refresh(clientId, lost.body.refresh_token)).body.error).toBe('invalid_grant');
    expect(await isAccepted(next.body.access_token)).toBe(true);

    expect((await refresh(clientId, tokens.refresh_token)).body.error).toBe('invalid_grant');
    expect(await isAccepted(next.body.access_token)).toBe(false);
    expect((await refresh(clientId, next.body.refresh_token)).status).toBe(400);
  });

  test('who comes second with one token is told of on the record, and ends the grant once the first has gone on', async () => {
    const { clientId, tokens } = await connect(app, person);
    const first = await refresh(clientId, tokens.refresh_token);
    const second = await refresh(clientId, tokens.refresh_token);
    const next = await refresh(clientId, first.body.refresh_token);
    const reuses = () =>
      app.dependencies.database.inOrganization(person.organizationId, (transaction) =>
        transaction.auditEvent.count({ where: { action: 'refresh_token_reuse', outcome: 'refused' } }),
      );
    const before = await reuses();
    // Two processes of one client look like this too: the grant lives.
    expect((await refresh(clientId, second.body.refresh_token)).body.error).toBe('invalid_grant');
    expect(await reuses()).toBe(before + 1);
    const later = await refresh(clientId, next.body.refresh_token);
    expect(later.status).toBe(200);
    expect((await refresh(clientId, second.body.refresh_token)).body.error).toBe('invalid_grant');
    expect(await isAccepted(later.body.access_token)).toBe(false);
  });

  test('three refreshes at once all succeed', async () => {
    const { clientId, tokens } = await connect(app, person);
    const answers = await Promise.all([1, 2, 3].map(() => refresh(clientId, tokens.refresh_token)));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
  });

  test('another client cannot use the token', async () => {
    const { tokens } = await connect(app, person);
    const other = await registerClient(app.url);
    expect((await refresh(other, tokens.refresh_token)).body.error).toBe('invalid_grant');
    expect(await isAccepted(tokens.access_token)).toBe(true);
  });
});

describe('revocation (RFC 7009)', () => {
  function revoke(clientId: string, presented: string) {
    return fetch(`${app.url}/oauth/revoke`, {
      method: 'POST',
      body: new URLSearchParams({ client_id: clientId, token: presented }),
    });
  }

  test.each(['access_token', 'refresh_token'] as const)(
    'of the %s ends the whole grant at once, and is audited',
    async (kind) => {
      const { clientId, tokens } = await connect(app, person);
      expect((await revoke(clientId, tokens[kind])).status).toBe(200);
      expect(await isAccepted(tokens.access_token)).toBe(false);
      expect((await refresh(clientId, tokens.refresh_token)).status).toBe(400);
      const events = await app.dependencies.database.inOrganization(person.organizationId, (transaction) =>
        transaction.auditEvent.findMany({
          where: { action: 'revoke_connected_app' },
          orderBy: { id: 'desc' },
          take: 1,
        }),
      );
      expect(events[0]).toMatchObject({ actorKind: 'app', app: 'Test client', outcome: 'succeeded' });
    },
  );

  test('by another client changes nothing', async () => {
    const { tokens } = await connect(app, person);
    await revoke(await registerClient(app.url), tokens.refresh_token);
    expect(await isAccepted(tokens.access_token)).toBe(true);
  });
});

test('each consent has a grant of its own: ending one leaves the other', async () => {
  const first = await connect(app, person);
  const request = authorizationRequest(app.url, first.clientId);
  const redirected = await consent(first.browser, request.url);
  const second = await askForTokens(app.url, {
    ...first.exchange,
    code: redirected.searchParams.get('code') ?? '',
    code_verifier: request.verifier,
  });
  await fetch(`${app.url}/oauth/revoke`, {
    method: 'POST',
    body: new URLSearchParams({ client_id: first.clientId, token: first.tokens.refresh_token }),
  });
  expect(await isAccepted(first.tokens.access_token)).toBe(false);
  expect(await isAccepted(second.body.access_token)).toBe(true);
});

test('invariant 6: role and membership are those of now', async () => {
  const { database } = app.dependencies;
  const member = await seedCaller(database, 'manager');
  const { tokens } = await connect(app, member);
  const where = { organizationId_personId: { organizationId: member.organizationId, personId: member.person.id } };
  await database.inOrganization(member.organizationId, (transaction) =>
    transaction.membership.update({ where, data: { role: 'operator' } }),
  );
  const create = {
    method: 'tools/call',
    params: { name: 'create_agent', arguments: { name: 'x', upstream_url: 'api.test' } },
  };
  const { result } = await mcpAnswer(await callMcp(app.url, tokens.access_token, create));
  expect(result).toMatchObject({ isError: true, content: [{ text: expect.stringContaining('needs role manager') }] });
  await database.inOrganization(member.organizationId, (transaction) => transaction.membership.delete({ where }));
  expect(await isAccepted(tokens.access_token)).toBe(false);
});

test('a dump of the store holds no token and no code', async () => {
  const { tokens, exchange } = await connect(app, person);
  const rows = await app.dependencies.database.inInstance((transaction) => transaction.oauthArtifact.findMany());
  const dump = JSON.stringify(rows);
  for (const presented of [tokens.access_token, tokens.refresh_token, exchange.code])
    expect(dump).not.toContain(presented);
  expect(rows.length).toBeGreaterThan(2);
});
