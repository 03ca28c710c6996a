import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { formFields, openBrowser, type TestBrowser } from '../../servers/browser.ts';
import {
  authorizationRequest,
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

let app: RunningApp;
let clientId: string;
let admin: Awaited<ReturnType<typeof seedCaller>>;

beforeAll(async () => {
  app = await startApp();
  clientId = await registerClient(app.url);
  admin = await seedCaller(app.dependencies.database, 'admin');
});
afterAll(() => app.stop());

const request = (parameters: Record<string, string> = {}) => authorizationRequest(app.url, clientId, parameters).url;

async function fieldsFor(person: typeof admin, parameters: Record<string, string> = {}) {
  const { path, page } = await openConsent(await signIn(app, person), request(parameters));
  return formFields(await page.text(), path);
}

describe('what is preselected', () => {
  test('without a scope, everything that the role allows', async () => {
    expect(await fieldsFor(admin)).toMatchObject({
      organization: admin.organizationId,
      area_agents: 'write',
      area_credentials: 'write',
      area_audit: 'read',
      area_alerts: 'write',
      area_email: 'write',
      area_usage: 'read',
    });
  });

  test('with a scope, what it asks for', async () => {
    const fields = await fieldsFor(admin, { scope: 'agents:write audit:read unknown:scope' });
    expect(fields).toMatchObject({
      area_agents: 'write',
      area_audit: 'read',
      area_credentials: 'none',
      area_usage: 'none',
    });
  });

  test('an operator reads, and is told why not more', async () => {
    const operator = await seedCaller(app.dependencies.database, 'operator');
    const { path, page } = await openConsent(await signIn(app, operator), request());
    const text = await page.text();
    expect(formFields(text, path)).toMatchObject({ area_agents: 'read', area_email: 'read' });
    expect(text).toContain('needs role manager; you are operator');
  });

  test('read only is one click away', async () => {
    const browser = await signIn(app, admin);
    const { path, page } = await openConsent(browser, request());
    const link = /href="([^"]*access=read)"/.exec(await page.text())?.[1]?.replaceAll('&amp;', '&');
    const fields = formFields(await (await browser.get(link ?? '')).text(), path);
    expect(
      Object.entries(fields)
        .filter(([name]) => name.startsWith('area_'))
        .map(([, level]) => level),
    ).toEqual(Array(6).fill('read'));
  });
});

describe('what is granted', () => {
  test('is what the person left of it', async () => {
    const { tokens } = await connect(app, admin, { changes: { area_agents: 'read', area_email: 'none' } });
    const scopes = new Set(tokens.scope.split(' '));
    expect(scopes.has('agents:read') && scopes.has('credentials:write')).toBe(true);
    expect(scopes.has('agents:write') || scopes.has('email:read')).toBe(false);
  });

  test('never exceeds the role nor the request, whatever is posted', async () => {
    const { database } = app.dependencies;
    const operator = await seedCaller(database, 'operator');
    await connect(app, operator, {
      parameters: { scope: 'agents:write audit:read credentials:write' },
      changes: {
        area_agents: 'write',
        area_audit: 'read',
        area_credentials: 'read',
        area_email: 'read',
        area_usage: 'write',
      },
    });
    const grants = await database.inOrganization(operator.organizationId, (transaction) =>
      transaction.oauthGrant.findMany(),
    );
    expect(grants.map(({ scopes }) => scopes.toSorted())).toEqual([['audit:read', 'credentials:read']]);
  });

  test('is access to the organization that was chosen, with the role there', async () => {
    const { database } = app.dependencies;
    const person = await seedCaller(database, 'operator');
    const other = await seedCaller(database, 'admin');
    await database.inOrganization(other.organizationId, (transaction) =>
      transaction.membership.create({
        data: { organizationId: other.organizationId, personId: person.person.id, role: 'manager' },
      }),
    );
    const browser = await signIn(app, person);
    const { path, page } = await openConsent(browser, request());
    expect(formFields(await page.text(), path)).toMatchObject({
      organization: person.organizationId,
      area_agents: 'read',
    });
    const switched = await (await browser.get(`${path}?organization=${other.organizationId}`)).text();
    const fields = formFields(switched, path);
    expect(fields).toMatchObject({ organization: other.organizationId, area_agents: 'write' });
    await browser.post(path, { ...fields, decision: 'allow' });
    for (const [organizationId, count] of [
      [person.organizationId, 0],
      [other.organizationId, 1],
    ] as const) {
      const grants = await database.inOrganization(organizationId, (transaction) =>
        transaction.oauthGrant.count({ where: { personId: person.person.id } }),
      );
      expect(grants).toBe(count);
    }
  });

  test('nothing at all asks again', async () => {
    const browser = await signIn(app, admin);
    const { path, page } = await openConsent(browser, request({ scope: 'agents:read' }));
    const answer = await browser.post(path, {
      ...formFields(await page.text(), path),
      area_agents: 'none',
      decision: 'allow',
    });
    expect(answer.status).toBe(422);
    expect(await answer.text()).toContain('Choose at least one area');
  });
});

test('Cancel tells the app so', async () => {
  const redirected = await consent(await signIn(app, admin), request(), { decision: 'cancel' });
  expect(redirected.searchParams.get('error')).toBe('access_denied');
});

describe('whose consent it is', () => {
  test('signed-out people sign in first and come back', async () => {
    const browser = openBrowser(app.url);
    const { path, page } = await openConsent(browser, request());
    expect([page.status, page.headers.get('location')]).toEqual([
      303,
      `/sign-in?${new URLSearchParams({ return_to: path })}`,
    ]);
  });

  test("another person's consent page opens nothing", async () => {
    const { path, page } = await openConsent(await signIn(app, admin), request());
    const other = await signIn(app, await seedCaller(app.dependencies.database, 'admin'));
    const opened = await other.get(path);
    expect(opened.status).toBe(403);
    expect(await opened.text()).toContain('started in another browser');
    const posted = await other.post(path, { ...formFields(await page.text(), path), decision: 'allow' });
    expect(posted.status).toBe(403);
  });

  test('a form without its CSRF token, or from another site, is refused', async () => {
    const browser = await signIn(app, admin);
    const { path, page } = await openConsent(browser, request());
    const fields = { ...formFields(await page.text(), path), decision: 'allow' };
    expect((await browser.post(path, { ...fields, csrf_token: 'wrong' })).status).toBe(403);
    expect((await browser.post(path, fields, { 'sec-fetch-site': 'cross-site' })).status).toBe(403);
    expect((await browser.post(path, fields)).status).toBe(303);
  });

  test("another person's organization cannot be given away", async () => {
    const stranger = await seedCaller(app.dependencies.database, 'admin');
    const browser = await signIn(app, admin);
    const { path, page } = await openConsent(browser, request());
    const fields = { ...formFields(await page.text(), path), decision: 'allow' };
    const posted = await browser.post(path, { ...fields, organization: stranger.organizationId });
    const opened = await browser.get(`${path}?organization=${stranger.organizationId}`);
    for (const answer of [posted, opened]) {
      expect(answer.status).toBe(404);
      const page = await answer.text();
      // Both lead on to the person's own.
      expect(page).toContain(`href="${path}?organization=${admin.organizationId}"`);
      expect(page).not.toContain(stranger.organizationName);
    }
  });

  test('an answered request is over', async () => {
    const browser = await signIn(app, admin);
    const { path, page } = await openConsent(browser, request());
    const fields = { ...formFields(await page.text(), path), decision: 'allow' };
    const answered = await browser.post(path, fields);
    expect((await browser.post(path, fields)).status).toBe(403);
    expect((await browser.get(answered.headers.get('location') ?? '')).status).toBe(303);
    expect((await browser.get(path)).status).toBe(403);
  });

  test('who belongs to no organization is told what to do', async () => {
    const { database } = app.dependencies;
    const leaver = await seedCaller(database, 'operator');
    await database.inOrganization(leaver.organizationId, (transaction) =>
      transaction.membership.deleteMany({ where: { personId: leaver.person.id } }),
    );
    const { page } = await openConsent(await signIn(app, leaver), request());
    expect(page.status).toBe(403);
    expect(await page.text()).toContain('Make an organization');
  });
});

test('the page may be left for the redirect alone, and nothing frames it', async () => {
  const { page } = await openConsent(await signIn(app, admin), request());
  const policy = page.headers.get('content-security-policy');
  expect(policy).toContain("form-action 'self' http://127.0.0.1:43210");
  expect(policy).toContain("frame-ancestors 'none'");
  expect(page.headers.get('cache-control')).toBe('no-store');
});

describe('connected apps', () => {
  const path = '/api/v1/connected-apps';

  async function appsOf(browser: TestBrowser, organizationId?: string): Promise<{ id: string }[]> {
    const headers = organizationId === undefined ? {} : { 'x-agentgateway-organization': organizationId };
    const answer = await browser.send(path, { method: 'GET', headers });
    const { items } = (await answer.json()) as { items: { id: string }[] };
    return items;
  }

  test('a person sees and revokes their own, an admin everybody’s', async () => {
    const { database } = app.dependencies;
    const owner = await seedCaller(database, 'manager');
    const { tokens, browser } = await connect(app, owner);
    const [connected] = await appsOf(browser);
    expect(connected).toMatchObject({ name: 'Test client', scopes: expect.arrayContaining(['agents:write']) });

    const colleague = await seedCaller(database, 'manager');
    await database.inOrganization(owner.organizationId, (transaction) =>
      transaction.membership.create({
        data: { organizationId: owner.organizationId, personId: colleague.person.id, role: 'manager' },
      }),
    );
    const theirs = await signIn(app, colleague);
    expect(await appsOf(theirs, owner.organizationId)).toEqual([]);

    const address = `${path}/${connected?.id}`;
    expect((await browser.send(address, { method: 'DELETE', headers: { 'x-csrf-token': 'wrong' } })).status).toBe(403);
    const session = (await (await browser.get('/api/v1/session')).json()) as { csrf_token: string };
    expect(
      (await browser.send(address, { method: 'DELETE', headers: { 'x-csrf-token': session.csrf_token } })).status,
    ).toBe(202);
    const refused = await fetch(`${app.url}/api/mcp`, {
      method: 'POST',
      headers: { authorization: `Bearer ${tokens.access_token}` },
    });
    expect(refused.status).toBe(401);
    expect(await appsOf(browser)).toEqual([]);
  });
});

test('one consent makes one grant, also when the button is pressed three times', async () => {
  const person = await seedCaller(app.dependencies.database);
  const browser = await signIn(app, person);
  const { path, page } = await openConsent(browser, request());
  const fields = { ...formFields(await page.text(), path), decision: 'allow' };
  const answers = await Promise.all([1, 2, 3].map(() => browser.post(path, fields)));
  const grants = await app.dependencies.database.inOrganization(person.organizationId, (transaction) =>
    transaction.oauthGrant.count(),
  );
  expect([grants, answers.filter(({ status }) => status === 303).length]).toEqual([1, 1]);
});

test('the page warns of a request that returns to loopback, whatever else the app registered', async () => {
  const redirects = [REDIRECT_URI, 'https://claude.ai/api/mcp/auth_callback'];
  const both = await registerClient(app.url, { client_name: 'Claude', redirect_uris: redirects });
  const { page } = await openConsent(await signIn(app, admin), authorizationRequest(app.url, both).url);
  expect(await page.text()).toContain('This app runs on your own computer');
});
