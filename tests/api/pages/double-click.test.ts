import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { createAgentKey } from '../../../core/services/agent-keys.ts';
import { signIn } from '../../e2e/allow-access.ts';
import { launchChromium } from '../../servers/chromium.ts';
import { authorizationRequest, type RunningApp, registerClient, startApp } from '../../servers/connected-app.ts';
import { describeNeeding } from '../../servers/describe-needing.ts';
import { givePassword, seedCaller } from '../../servers/seed.ts';

const PASSWORD = 'a quiet walk by the canal';

describeNeeding(['chromium'], 'a form of a page', () => {
  let app: RunningApp;
  let browser: Browser;
  let asker: Awaited<ReturnType<typeof seedCaller>>;
  const client = createServer((_request, response) => response.end('Connected.'));
  beforeAll(async () => {
    client.listen(0, '127.0.0.1');
    await once(client, 'listening');
    app = await startApp();
    browser = await launchChromium();
    asker = await seedCaller(app.dependencies.database, 'admin');
    await givePassword(app.dependencies.database, asker.person.id, PASSWORD);
  });
  afterAll(async () => {
    await browser?.close();
    await app?.stop();
    client.close();
  });

  async function revealUrl(): Promise<string> {
    const { organizationId, person } = asker;
    const agentKey = await app.dependencies.database.inOrganization(organizationId, (transaction) =>
      createAgentKey(transaction, app.dependencies, {
        agentId: null,
        name: 'billing',
        personId: person.id,
        inline: false,
      }),
    );
    return agentKey.reveal_url ?? '';
  }

  async function openSignedIn(url: string | URL, { javaScriptEnabled = true } = {}): Promise<Page> {
    const context = await browser.newContext({ javaScriptEnabled });
    const page = await context.newPage();
    await page.goto(String(url));
    await signIn(page, { email: asker.person.email, password: PASSWORD });
    return page;
  }

  /** Every answer comes after the second click; the server has acted by then. */
  async function doubleClick(page: Page, name: string): Promise<void> {
    await page.route('**', async (route) => {
      const response = await route.fetch({ maxRedirects: 0 });
      await sleep(500);
      // The browser has given up a request whose form was sent again.
      await route.fulfill({ response }).catch(() => {});
    });
    await page.getByRole('button', { name }).dblclick({ delay: 100 });
  }

  test('is sent once by a double click on Reveal, which shows the key', async () => {
    const page = await openSignedIn(await revealUrl());
    await doubleClick(page, 'Reveal');
    expect(await page.locator('#secret').textContent()).toMatch(/^agk_/);
    await page.context().close();
  });

  test('is sent once by a double click on Allow Access, with the pressed button', async () => {
    const redirectUri = `http://127.0.0.1:${(client.address() as AddressInfo).port}/callback`;
    const clientId = await registerClient(app.url, { redirect_uris: [redirectUri] });
    const page = await openSignedIn(authorizationRequest(app.url, clientId, { redirect_uri: redirectUri }).url);
    await doubleClick(page, 'Allow Access');
    await page.getByText('Connected.').waitFor();
    expect(new URL(page.url()).searchParams.get('code')).toMatch(/./);
    await page.context().close();
  });

  test('is sent again where the back button brings the page back', async () => {
    const page = await openSignedIn(`${app.url}/settings/profile`);
    const isSent = () =>
      page.evaluate(`document.forms[0].dispatchEvent(new SubmitEvent('submit', { bubbles: true, cancelable: true }))`);
    expect([await isSent(), await isSent()]).toEqual([true, false]);
    await page.evaluate(`dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))`);
    expect([await isSent(), await isSent()]).toEqual([true, false]);
    await page.context().close();
  });

  test('is sent without scripts too', async () => {
    const page = await openSignedIn(await revealUrl(), { javaScriptEnabled: false });
    await page.getByRole('button', { name: 'Reveal' }).click();
    expect(await page.locator('#secret').textContent()).toMatch(/^agk_/);
    await page.context().close();
  });
});
