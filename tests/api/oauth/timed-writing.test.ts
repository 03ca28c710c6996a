import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { formFields } from '../../servers/browser.ts';
import {
  askForTokens,
  authorizationRequest,
  callMcp,
  connect,
  consent,
  openConsent,
  type RunningApp,
  signIn,
  startApp,
} from '../../servers/connected-app.ts';
import { addMember, seedCaller } from '../../servers/seed.ts';

const HALF_AN_HOUR_MS = 30 * 60_000;

let app: RunningApp;
let person: Awaited<ReturnType<typeof seedCaller>>;

beforeAll(async () => {
  app = await startApp();
});
beforeEach(async () => {
  person = await seedCaller(app.dependencies.database, 'manager');
});
afterAll(() => app.stop());

function grants() {
  return app.dependencies.database.inOrganization(person.organizationId, (transaction) =>
    transaction.oauthGrant.findMany({ orderBy: { id: 'asc' } }),
  );
}

/** As if the time to write had run out a moment ago. */
function endWriting() {
  return app.dependencies.database.inOrganization(person.organizationId, (transaction) =>
    transaction.oauthGrant.updateMany({ data: { writesUntil: new Date(Date.now() - 1) } }),
  );
}

async function tool(accessToken: string, name: string, input: object = {}) {
  const answer = await callMcp(app.url, accessToken, { method: 'tools/call', params: { name, arguments: input } });
  await answer.text();
  return answer;
}

const newAgent = (name: string) => ({ name, upstream_url: 'https://api.test' });

test('an app that may write for 30 minutes reads afterwards, whether or not a worker runs', async () => {
  const before = Date.now();
  const { clientId, tokens } = await connect(app, person, { changes: { duration: '30_minutes' } });
  const end = (await grants())[0]?.writesUntil?.getTime() ?? 0;
  expect(end).toBeGreaterThanOrEqual(before + HALF_AN_HOUR_MS);
  expect(end).toBeLessThanOrEqual(Date.now() + HALF_AN_HOUR_MS);
  expect((await tool(tokens.access_token, 'create_agent', newAgent('in-time'))).status).toBe(200);

  await endWriting();
  expect((await tool(tokens.access_token, 'list_agents')).status).toBe(200);
  const refused = await tool(tokens.access_token, 'create_agent', newAgent('too-late'));
  expect(refused.status).toBe(403);
  const { status, body } = await askForTokens(app.url, {
    grant_type: 'refresh_token',
    client_id: clientId,
    refresh_token: tokens.refresh_token,
  });
  expect([status, body.scope]).toEqual([200, expect.not.stringContaining('write')]);
  expect((await tool(body.access_token, 'create_agent', newAgent('too-late'))).status).toBe(403);
  expect((await tool(body.access_token, 'list_agents')).status).toBe(200);
});

test('an app steps up by the scopes that the refusal names: one more consent, and it writes again', async () => {
  const { clientId, browser, exchange, tokens } = await connect(app, person, { changes: { duration: '8_hours' } });
  await endWriting();
  const refused = await tool(tokens.access_token, 'create_agent', newAgent('stepped-up'));
  const challenge = refused.headers.get('www-authenticate') ?? '';
  expect(challenge).toContain('error="insufficient_scope"');
  const scope = /scope="([^"]*)"/.exec(challenge)?.[1] ?? '';

  const request = authorizationRequest(app.url, clientId, { scope });
  const redirected = await consent(browser, request.url);
  const code = redirected.searchParams.get('code') ?? '';
  const { body } = await askForTokens(app.url, { ...exchange, code, code_verifier: request.verifier });
  expect(body.scope.split(' ')).toEqual(expect.arrayContaining(['agents:write', 'audit:read']));
  // What it held stays, and no more than what it lacked was added.
  expect(body.scope).not.toContain('alerts:write');
  expect((await tool(body.access_token, 'create_agent', newAgent('stepped-up'))).status).toBe(200);
});

test.each([
  ['until it is revoked, where nothing else is chosen', {}],
  ['to read only, so there is nothing to end', { duration: '30_minutes', ...allAreas('read') }],
])('an app may be allowed %s', async (_name, changes) => {
  await connect(app, person, { changes });
  expect(await grants()).toMatchObject([{ writesUntil: null }]);
});

test('a duration that is none of ours does not become for ever', async () => {
  const { clientId } = await connect(app, await addMember(app.dependencies.database, person, 'manager'));
  const browser = await signIn(app, person);
  const { path, page } = await openConsent(browser, authorizationRequest(app.url, clientId).url);
  const fields = { ...formFields(await page.text(), path), decision: 'allow' };
  const answer = await browser.post(path, { ...fields, duration: '9_years' });
  expect(answer.status).toBe(422);
  expect(await answer.text()).toContain('Choose for how long it may write');
});

test('an operator is not asked how long an app may write', async () => {
  const operator = await addMember(app.dependencies.database, person, 'operator');
  const { clientId } = await connect(app, person);
  const { path, page } = await openConsent(await signIn(app, operator), authorizationRequest(app.url, clientId).url);
  expect(formFields(await page.text(), path)).not.toHaveProperty('duration');
});

function allAreas(level: string): Record<string, string> {
  return Object.fromEntries(
    ['agents', 'credentials', 'audit', 'alerts', 'email', 'usage'].map((area) => [`area_${area}`, level]),
  );
}
