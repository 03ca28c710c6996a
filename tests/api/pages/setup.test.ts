import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { ensureSetupLink, isSetUp } from '../../../core/services/setup.ts';
import { openBrowser } from '../../servers/browser.ts';
import { PASSWORD, type PagesApp, signIn, startPages, submit } from './pages-app.ts';

let app: PagesApp;
beforeEach(async () => {
  app = await startPages();
});
afterEach(() => app.stop());

const admin = (email: string) => ({ organization: 'Acme', email, password: PASSWORD });

async function setupPath(): Promise<string> {
  return new URL((await ensureSetupLink(app.dependencies)) ?? '').pathname;
}

describe('the set-up link', () => {
  test('makes the first organization and its admin once, also when two open it at once', async () => {
    const path = await setupPath();
    const answers = await Promise.all(
      ['ada@example.test', 'eve@example.test'].map((email) => submit(openBrowser(app.url), path, admin(email))),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([303, 404]);
    expect((await openBrowser(app.url).get(path)).status).toBe(404);
    expect(await ensureSetupLink(app.dependencies)).toBeNull();
    const people = await app.dependencies.database.inInstance((transaction) => transaction.person.count());
    expect(people).toBe(1);
  });

  test('is not used up by looking, nor by a form that is refused', async () => {
    const path = await setupPath();
    const browser = openBrowser(app.url);
    expect((await browser.get(path)).status).toBe(200);
    const refused = await submit(browser, path, { ...admin('ada@example.test'), password: 'password123' });
    expect(refused.status).toBe(400);
    expect(await refused.text()).toContain('value="ada@example.test"');
    expect((await submit(browser, path, admin('ada@example.test'))).headers.get('location')).toBe('/welcome');
  });

  test('ends when a newer one is made', async () => {
    const older = await setupPath();
    const newer = await setupPath();
    expect((await openBrowser(app.url).get(older)).status).toBe(404);
    expect((await openBrowser(app.url).get(newer)).status).toBe(200);
  });
});

describe('the settings of the first admin', () => {
  test('make organization, admin and API token without a link', async () => {
    const given = {
      AGENTGATEWAY_ADMIN_EMAIL: 'ada@example.test',
      AGENTGATEWAY_ADMIN_PASSWORD: PASSWORD,
      AGENTGATEWAY_ORG: 'Acme',
      AGENTGATEWAY_API_TOKEN: `agt_${'x'.repeat(32)}`,
    };
    const { config } = app.dependencies;
    expect(await ensureSetupLink({ ...app.dependencies, config: { ...config, ...given } })).toBeNull();
    expect(await isSetUp(app.dependencies)).toBe(true);
    expect((await signIn(app, given.AGENTGATEWAY_ADMIN_EMAIL)).response.status).toBe(303);
  });

  test('go together', async () => {
    const config = { ...app.dependencies.config, AGENTGATEWAY_ADMIN_EMAIL: 'ada@example.test' };
    await expect(ensureSetupLink({ ...app.dependencies, config })).rejects.toThrow('set all three or none');
  });
});
