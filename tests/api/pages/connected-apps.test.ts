import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Caller } from '../../../core/domain/caller.ts';
import { API_SCOPES } from '../../../core/domain/scopes.ts';
import { formFields } from '../../servers/browser.ts';
import { seedApp } from '../../servers/seed.ts';
import { type PagesApp, seedColleague, seedMember, signIn, startPages, submit } from './pages-app.ts';

let app: PagesApp;
beforeAll(async () => {
  app = await startPages();
});
afterAll(() => app.stop());

const LIST = '/settings/connected-apps';

const grantsOf = ({ organizationId }: Caller) =>
  app.dependencies.database.inOrganization(organizationId, (transaction) =>
    transaction.oauthGrant.findMany({ orderBy: { id: 'asc' } }),
  );

async function seedConnected() {
  const person = await seedMember(app);
  const connected = await seedApp(app.dependencies, person);
  const { browser } = await signIn(app, person.person.email);
  return { person, browser, path: `${LIST}/${connected.connectedAppId}` };
}

test('an app is narrowed by its form, and never widened by a forged one', async () => {
  const { person, browser, path } = await seedConnected();
  const action = `${path}/access`;
  const narrowed = await submit(browser, path, { area_credentials: 'read', area_email: 'none' }, { action });
  expect(narrowed.headers.get('location')).toBe(`${path}?notice=narrowed`);
  const [{ scopes } = { scopes: [] }] = await grantsOf(person);
  expect(scopes).toEqual(expect.arrayContaining(['agents:write', 'credentials:read']));
  expect(scopes.filter((scope) => /credentials:write|email/.test(scope))).toEqual([]);
  await submit(browser, path, { area_credentials: 'write', area_email: 'write' }, { action });
  expect((await grantsOf(person))[0]?.scopes).not.toEqual(expect.arrayContaining(['email:write']));
});

test('read only is one click', async () => {
  const { person, browser, path } = await seedConnected();
  await submit(browser, path, { access: 'read' }, { action: `${path}/access` });
  const [{ scopes } = { scopes: [] }] = await grantsOf(person);
  expect(scopes).toEqual(API_SCOPES.filter((scope) => scope.endsWith(':read')));
});

test('an app that is left nothing is to be revoked instead', async () => {
  const { browser, path } = await seedConnected();
  const none = Object.fromEntries(
    ['agents', 'credentials', 'audit', 'alerts', 'email', 'usage'].map((area) => [`area_${area}`, 'none']),
  );
  const refused = await submit(browser, path, none, { action: `${path}/access` });
  expect([refused.status, await refused.text()]).toEqual([400, expect.stringContaining('or revoke it')]);
});

test('one of several connections is revoked alone, and its operation can be followed', async () => {
  const { person, browser, path } = await seedConnected();
  await seedApp(app.dependencies, person);
  const page = await (await browser.get(path)).text();
  const fields = formFields(page, `${path}/revoke`);
  const revoked = await browser.post(`${path}/revoke`, fields);
  const location = revoked.headers.get('location') ?? '';
  const grants = await grantsOf(person);
  expect(grants.map(({ id, revokedAt }) => [id, revokedAt !== null])).toEqual([
    [fields.grant, true],
    [grants[1]?.id, false],
  ]);
  const list = await (await browser.get(location)).text();
  expect(list).toContain('every request with its tokens is refused');
  const operation = /\/operations\/[0-9a-f-]{36}/.exec(list)?.[0] ?? '';
  expect(await (await browser.get(operation)).text()).toContain('Refuse tokens');
});

test("a colleague's app is not there, but for an admin", async () => {
  const { person, path } = await seedConnected();
  const open = async (email: string) => (await (await signIn(app, email)).browser.get(path)).status;
  const manager = await seedColleague(app, person.organizationId, 'manager@colleague.test', 'manager');
  const admin = await seedColleague(app, person.organizationId, 'admin@colleague.test', 'admin');
  expect([await open(manager.email), await open(admin.email)]).toEqual([404, 200]);
});
