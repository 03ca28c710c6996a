import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createInvitation } from '../../../core/operations/create-invitation.ts';
import { invoke } from '../../../core/operations/invoke.ts';
import { removeMember } from '../../../core/services/members.ts';
import { openBrowser } from '../../servers/browser.ts';
import { PASSWORD, type PagesApp, seedColleague, seedMember, signIn, startPages, submit } from './pages-app.ts';

let app: PagesApp;
beforeAll(async () => {
  app = await startPages();
});
afterAll(() => app.stop());

describe('the profile', () => {
  test('changes the password only with the present one, and then signs out the other devices', async () => {
    const { person } = await seedMember(app);
    const here = await signIn(app, person.email);
    const elsewhere = await signIn(app, person.email);
    const change = (present: string) =>
      submit(
        here.browser,
        '/settings/profile',
        { present_password: present, password: 'another walk by the canal' },
        { action: '/settings/password' },
      );
    expect((await change('not this one')).status).toBe(401);
    expect((await elsewhere.browser.get('/settings/profile')).status).toBe(200);
    expect((await change(PASSWORD)).status).toBe(303);
    expect((await here.browser.get('/settings/profile')).status).toBe(200);
    expect((await elsewhere.browser.get('/settings/profile')).headers.get('location')).toContain('/sign-in');
  });

  test('ends one’s own sessions, and nobody else’s', async () => {
    const owner = await seedMember(app);
    const { browser } = await signIn(app, owner.person.email);
    const stranger = await signIn(app, (await seedMember(app)).person.email);
    const { id } = await app.dependencies.database.inInstance((transaction) =>
      transaction.session.findFirstOrThrow({ where: { personId: owner.person.id } }),
    );
    const page = await (await stranger.browser.get('/settings/profile')).text();
    const csrf = /name="csrf_token" value="([^"]+)"/.exec(page)?.[1] ?? '';
    const end = (session: string) => stranger.browser.post(`/settings/sessions/${session}/end`, { csrf_token: csrf });
    expect((await end(id)).status).toBe(303);
    expect((await end('no-id')).status).toBe(303);
    expect((await browser.get('/settings/profile')).status).toBe(200);
  });
});

describe('members', () => {
  test('an invitation is a link through which somebody new joins, once', async () => {
    const admin = await seedMember(app);
    const input = { email: 'kim@newcomer.test', role: 'operator' };
    const { url } = await invoke(createInvitation, { caller: admin, input }, app.dependencies);
    const path = new URL(String(url)).pathname;
    const newcomer = openBrowser(app.url);
    const joined = await submit(newcomer, path, { name: 'Kim', password: PASSWORD });
    expect(joined.headers.get('location')).toBe(`/?organization=${admin.organizationId}`);
    expect((await newcomer.get('/settings/profile')).status).toBe(200);
    expect((await openBrowser(app.url).get(path)).status).toBe(404);
  });

  test('leaves who was removed everywhere without an organization, where accounts are by invitation', async () => {
    const admin = await seedMember(app);
    const gone = await seedColleague(app, admin.organizationId, 'gone@colleague.test', 'operator');
    const { browser } = await signIn(app, gone.email);
    await app.dependencies.database.inOrganization(admin.organizationId, (transaction) =>
      removeMember(transaction, admin, { ...gone, role: 'operator', created_at: '' }),
    );
    expect((await browser.get('/')).headers.get('location')).toBe('/organizations/new');
    const page = await browser.get('/organizations/new');
    expect(page.status).toBe(403);
    expect(await page.text()).toContain('Ask an admin for an invitation');
  });
});
