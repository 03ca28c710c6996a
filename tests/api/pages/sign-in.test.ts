import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { formFields, openBrowser, type TestBrowser } from '../../servers/browser.ts';
import { from, PASSWORD, type PagesApp, seedMember, signIn, startPages, submit } from './pages-app.ts';

let app: PagesApp;
beforeAll(async () => {
  app = await startPages();
});
afterAll(() => app.stop());

const isSignedIn = async (browser: TestBrowser) => (await browser.get('/settings/profile')).status === 200;

function sessionCookie(response: Response): string {
  const line = response.headers.getSetCookie().find((cookie) => cookie.startsWith('ag_session='));
  return /^ag_session=([^;]*)/.exec(line ?? '')?.[1] ?? '';
}

describe('a sign-in', () => {
  test('makes a new session and ends the one that the browser had', async () => {
    const { person } = await seedMember(app);
    const first = await signIn(app, person.email);
    const planted = sessionCookie(first.response);
    const victim = openBrowser(app.url);
    const form = formFields(await (await victim.get('/sign-in')).text(), '/sign-in');
    victim.setCookie('ag_session', planted);
    const answer = await victim.post('/sign-in', { ...form, email: person.email, password: PASSWORD });
    expect(sessionCookie(answer)).toMatch(/^ags_[0-9A-Za-z]{32}$/);
    expect(sessionCookie(answer)).not.toBe(planted);
    expect(await isSignedIn(victim)).toBe(true);
    expect(await isSignedIn(first.browser)).toBe(false);
  });

  test('answers alike for a wrong password and an unknown e-mail, and keeps what was typed', async () => {
    const { person } = await seedMember(app);
    const answers = await Promise.all(
      [person.email, 'nobody@example.test'].map(async (email) => {
        const { response } = await signIn(app, email, { password: 'not this one' });
        return { status: response.status, page: await response.text(), email };
      }),
    );
    for (const { status, page, email } of answers) {
      expect(status).toBe(401);
      expect(page).toContain('E-mail or password is wrong.');
      expect(page).toContain(`value="${email}"`);
      expect(page).not.toContain('not this one');
    }
  });

  test('never leads to another site', async () => {
    const { person } = await seedMember(app);
    for (const returnTo of ['https://evil.test/', '//evil.test', '/\\evil.test', '/\t/evil.test', 'javascript:1']) {
      const browser = openBrowser(app.url);
      const query = new URLSearchParams({ return_to: returnTo });
      const answer = await submit(browser, `/sign-in?${query}`, { email: person.email, password: PASSWORD });
      expect([answer.status, answer.headers.get('location')]).toEqual([303, '/']);
    }
  });

  test('is slowed for a guesser, and not for the owner on a network of theirs', async () => {
    const { person } = await seedMember(app);
    await signIn(app, person.email, { address: '198.51.100.1' });
    const statuses: number[] = [];
    const guess = async () => {
      const password = `guess ${statuses.length}`;
      const { response } = await signIn(app, person.email, { password, address: '203.0.113.66' });
      statuses.push(response.status);
    };
    while (statuses.length < 6) await guess();
    // On a slow machine a wait may be over before the next guess; the one after it is longer.
    while (statuses.at(-1) !== 429 && statuses.length < 12) await guess();
    expect(statuses.slice(0, 5)).toEqual([401, 401, 401, 401, 401]);
    expect(statuses.at(-1)).toBe(429);
    const owner = await signIn(app, person.email, { address: '198.51.100.1' });
    expect(owner.response.status).toBe(303);
  });
});

describe('a form', () => {
  test('is refused without its CSRF token, with another browser’s, and from another site', async () => {
    const { person } = await seedMember(app);
    const { browser } = await signIn(app, person.email);
    const stranger = await signIn(app, (await seedMember(app)).person.email);
    const form = formFields(await (await browser.get('/settings/profile')).text(), '/settings/name');
    const foreign = formFields(await (await stranger.browser.get('/settings/profile')).text(), '/settings/name');
    const named = { ...form, name: 'Changed' };
    const post = (fields: Record<string, string>, headers = {}) => browser.post('/settings/name', fields, headers);
    expect((await post({ name: 'Changed' })).status).toBe(403);
    expect((await post({ ...foreign, name: 'Changed' })).status).toBe(403);
    expect((await post(named, { origin: 'https://evil.test' })).status).toBe(403);
    expect((await post(named, { 'sec-fetch-site': 'cross-site' })).status).toBe(403);
    expect(await (await browser.get('/settings/profile')).text()).not.toContain('Changed');
    expect((await post(named, { origin: app.url, 'sec-fetch-site': 'same-origin' })).status).toBe(303);
    expect(await (await browser.get('/settings/profile')).text()).toContain('Changed');
  });

  test('before the sign-in is refused without its CSRF token too', async () => {
    const { person } = await seedMember(app);
    const answer = await openBrowser(app.url).post('/sign-in', { email: person.email, password: PASSWORD });
    expect(answer.status).toBe(403);
    expect(sessionCookie(answer)).toBe('');
  });
});

describe('pages', () => {
  test('are not stored, framed or told to other sites, run the one script, and escape what people type', async () => {
    const browser = openBrowser(app.url);
    const typed = `"><script>alert(1)</script>@example.test`;
    const answer = await submit(browser, '/sign-in', { email: typed, password: 'x' }, { headers: from('192.0.2.9') });
    const page = await answer.text();
    expect(page).not.toContain('<script>');
    const [, script] = /<script src="([^"]*)"/.exec(page) ?? [];
    expect(answer.headers.get('cache-control')).toBe('no-store');
    expect(answer.headers.get('referrer-policy')).toBe('no-referrer');
    const policy = answer.headers.get('content-security-policy') ?? '';
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("form-action 'self'");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).toContain(`script-src ${app.url}${script};`);
    expect(policy).not.toContain('unsafe');
    const served = await browser.get(script ?? '');
    expect(served.headers.get('content-type')).toContain('text/javascript');
    expect(served.headers.get('cache-control')).toContain('immutable');
  });

  test('of an organization that the person is no member of are not found', async () => {
    const { person } = await seedMember(app);
    const foreign = await seedMember(app);
    const { browser } = await signIn(app, person.email);
    const answer = await browser.get(`/?organization=${foreign.organizationId}`);
    expect(answer.status).toBe(404);
    expect(await answer.text()).not.toContain(foreign.organizationName);
  });
});
