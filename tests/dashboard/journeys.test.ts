import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Page } from 'playwright-core';
import { operations } from '../../core/operations/index.ts';
import { roleNeeded } from '../../core/operations/invoke.ts';
import { seedColleague } from '../api/pages/pages-app.ts';
import { call } from '../core/operations/call.ts';
import { describeNeeding } from '../servers/describe-needing.ts';
import { freePort } from '../servers/free-port.ts';
import { seedAgent } from '../servers/seed.ts';
import { type DashboardApp, fillSignIn, seedPerson, settled, signIn, startDashboard } from './dashboard-app.ts';
import { seedCredential, seedRotation } from './dashboard-rows.ts';

describeNeeding(['chromium'], 'the dashboard', () => {
  let app: DashboardApp;
  beforeAll(async () => {
    app = await startDashboard({ environment: { AGENTGATEWAY_ALLOWED_PRIVATE_UPSTREAMS: '127.0.0.0/8' } });
  });
  afterAll(() => app?.stop());

  /** Something that answers over HTTP. */
  const upstream = () => app.url.replace('localhost', '127.0.0.1');

  /** Presses a key until the wanted element has the focus, as somebody without a mouse does. */
  async function tabTo(page: Page, name: RegExp | string): Promise<void> {
    for (let presses = 0; presses < 40; presses += 1) {
      await page.keyboard.press('Tab');
      const label = await page.evaluate<string>(
        // Text, since only the page knows the types of its elements.
        '(({ ariaLabel, labels, textContent }) => ariaLabel ?? labels?.[0]?.textContent ?? textContent)(document.activeElement)',
      );
      if (typeof name === 'string' ? label.trim().startsWith(name) : name.test(label)) return;
    }
    throw new Error(`No key press leads to ${name}.`);
  }

  test('an agent is made, disabled, enabled by undo, and deleted knowing what that does, by keyboard alone', async () => {
    const { page, context } = await signIn(app, await seedPerson(app));
    await page.keyboard.press('g');
    await page.keyboard.press('a');
    await page.getByRole('heading', { name: 'Agents', level: 1 }).waitFor();
    await tabTo(page, 'New agent');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'New agent' }).waitFor();
    await page.keyboard.type('billing-relay');
    await tabTo(page, 'Upstream URL');
    await page.keyboard.type(upstream());
    await page.keyboard.press('Enter');
    await page.getByText('billing-relay is ready').waitFor();
    await page.keyboard.press('Control+k');
    await page.getByRole('combobox', { name: 'Search and jump' }).and(page.locator(':focus')).waitFor();
    await page.keyboard.type('billing');
    await page.getByRole('option', { name: 'billing-relay' }).waitFor();
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'billing-relay', level: 1 }).waitFor();
    await tabTo(page, 'Disable');
    await page.keyboard.press('Enter');
    await page.getByText('“billing-relay” refuses calls now.').waitFor();
    await page.getByRole('button', { name: 'Undo' }).press('Enter');
    await page.getByRole('button', { name: 'Disable' }).waitFor();
    await tabTo(page, 'Delete');
    await page.keyboard.press('Enter');
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('listitem').first().waitFor();
    await tabTo(page, 'Delete');
    await page.keyboard.press('Enter');
    await page.getByText('is being deleted').waitFor();
    await context.close();
  });

  test('the search has the focus before the next key can come, and gives it back', async () => {
    const { page, context } = await signIn(app, await seedPerson(app));
    await tabTo(page, 'Agents');
    // Pressed in the page itself: between keys from outside it would have time.
    const focused = await page.evaluate<string>(`(async () => {
      dispatchEvent(new KeyboardEvent('keydown', { key: 'k', ctrlKey: true }));
      await null;
      return document.activeElement.ariaLabel;
    })()`);
    expect(focused).toBe('Search and jump');
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await page.getByRole('link', { name: 'Agents', exact: true }).and(page.locator(':focus')).waitFor();
    await context.close();
  });

  test('a new agent’s upstream is tried first: what fails is told with its step, and the agent can be made all the same', async () => {
    const { page, context } = await signIn(app, await seedPerson(app));
    await page.goto('/agents/new');
    await page.getByLabel('Name').fill('early-relay');
    const field = page.getByLabel('Upstream URL');
    await field.fill(upstream());
    await field.blur();
    await page.getByText(/It answers: \d+ in \d+ ms/).waitFor();
    await field.fill('http://10.1.2.3');
    await page.getByRole('button', { name: 'Create agent' }).click();
    await page.getByText('The network guard refuses it').waitFor();
    const nobody = `http://127.0.0.1:${await freePort()}`;
    await field.fill(nobody);
    await page.getByRole('button', { name: 'Create agent', exact: true }).click();
    await page.getByText('No connection').waitFor();
    await page.getByText('check that it is up').waitFor();
    await page.getByRole('button', { name: 'Create agent anyway' }).click();
    await page.getByText('early-relay is ready').waitFor();
    await context.close();
  });

  test('an approval shows the whole input, and a second tab is told of the decision at once', async () => {
    const manager = await seedPerson(app, 'manager');
    await seedCredential(app, manager);
    const id = await seedRotation(app, manager);
    const { page, context } = await signIn(app, manager);
    const second = await context.newPage();
    for (const tab of [page, second]) await tab.goto(`/operations/${id}`);
    await page.getByText('Canary seconds').waitFor();
    await second.getByRole('button', { name: 'Approve' }).waitFor();
    await page.getByRole('button', { name: 'Approve' }).click();
    await page.getByText('Approved. It goes on.').waitFor();
    await second.bringToFront();
    await second.getByText('Approved by').waitFor();
    expect(await second.getByRole('button', { name: 'Approve' }).count()).toBe(0);
    await context.close();
  });

  test('an operator is offered nothing that changes anything, and the server refuses it anyway', async () => {
    const manager = await seedPerson(app, 'manager');
    await seedAgent(app.dependencies.database, manager.organizationId);
    await seedCredential(app, manager);
    const id = await seedRotation(app, manager);
    const email = `operator-${id}@example.test`;
    await seedColleague(app, manager.organizationId, email, 'operator');
    const { page, context } = await signIn(app, { ...manager, person: { ...manager.person, email } });
    const offers = /new|create|delete|disable|rotate|revoke|approve|reject|cancel|save|restore|link|reset|hold/i;
    const tabs = ['traffic', 'settings', 'keys', 'credentials'].map((tab) => `/agents/stripe-relay?tab=${tab}`);
    const lists = ['/agents', '/credentials', '/alerts', '/alerts/rules', '/email'];
    const others = ['/agents/new', '/welcome', '/alerts/rules/new', '/settings/usage', '/settings/channels'];
    for (const address of [...lists, ...tabs, ...others, '/credentials/stripe-prod-key', `/operations/${id}`]) {
      await page.goto(address);
      await page.locator('main h1').waitFor();
      await settled(page);
      const labels = await page.locator('main button, main a').allTextContents();
      expect([address, ...labels.filter((label) => offers.test(label))]).toEqual([address]);
    }
    const { csrf_token } = await (await page.request.get('/api/v1/session')).json();
    const allowed: string[] = [];
    for (const { name, rest } of operations.filter((operation) => roleNeeded(operation) !== 'operator')) {
      const address = `/api/v1${rest.path.replace(/\{\w+\}/g, 'stripe-relay')}`;
      const headers = { 'X-CSRF-Token': csrf_token };
      const answer = await page.request.fetch(address, { method: rest.method, headers });
      if (answer.status() !== 403) allowed.push(`${name}: ${answer.status()}`);
    }
    expect(allowed).toEqual([]);
    await context.close();
  });

  test('a second tab follows what the first one changes, also what it takes back', async () => {
    const admin = await seedPerson(app);
    await seedAgent(app.dependencies.database, admin.organizationId);
    const { page, context } = await signIn(app, admin);
    const second = await context.newPage();
    await second.goto('/agents');
    await second.getByRole('link', { name: 'stripe-relay' }).waitFor();
    await page.goto('/agents/stripe-relay');
    await page.getByRole('button', { name: 'Disable' }).click();
    await second.bringToFront();
    await second.getByRole('row').getByText('disabled').waitFor();
    await page.bringToFront();
    await page.getByRole('button', { name: 'Undo' }).click();
    await second.bringToFront();
    await second.getByRole('row').getByText('disabled').waitFor({ state: 'detached' });
    await context.close();
  });

  test('nothing of an organization shows after switching to another', async () => {
    const person = await seedPerson(app);
    const other = await seedPerson(app);
    const { database } = app.dependencies;
    await database.inOrganization(other.organizationId, (transaction) =>
      transaction.membership.create({
        data: { organizationId: other.organizationId, personId: person.person.id, role: 'admin' },
      }),
    );
    await seedAgent(database, person.organizationId, 'mine-relay');
    await seedAgent(database, other.organizationId, 'theirs-relay');
    const ask = (name: string, input: object) => call(app.dependencies, person, name, input);
    await ask('create_credential', { name: 'mine-key' });
    await ask('create_channel', { name: 'mine-channel', kind: 'email', addresses: ['mine-ops@example.test'] });
    await ask('create_alert_rule', { name: 'mine-rule', metric: 'error_rate', threshold: 0.05 });
    await ask('delete_agent', { agent: await seedAgent(database, person.organizationId, 'mine-old-relay') });
    const { page, context } = await signIn(app, person);
    /** Goes through all pages without loading the document anew. @returns those on which something of the one's stands */
    const showingMine = async (): Promise<string[]> => {
      const shown: string[] = [];
      for (const navigation of ['Main', 'Settings']) {
        for (const link of await page.getByRole('navigation', { name: navigation }).getByRole('link').all()) {
          if ((await link.getAttribute('href'))?.startsWith('/settings/profile')) continue;
          await link.click();
          await link.and(page.locator('[aria-current=page]')).waitFor();
          await settled(page);
          if (/mine-/.test(await page.content())) shown.push(new URL(page.url()).pathname);
        }
      }
      return shown;
    };
    await page.goto(`/agents?organization=${person.organizationId}`);
    await page.getByRole('link', { name: 'mine-relay' }).waitFor();
    expect(await showingMine()).toEqual(
      expect.arrayContaining(['/agents', '/credentials', '/operations', '/audit', '/settings/channels']),
    );
    await page.goto(`/agents?organization=${person.organizationId}`);
    await page.getByRole('button', { name: /^Organization/ }).click();
    await page.getByRole('menuitem', { name: other.organizationName }).click();
    await page.getByRole('link', { name: 'theirs-relay' }).waitFor();
    expect(await showingMine()).toEqual([]);
    // The other tab stays with its own.
    const tab = await context.newPage();
    await tab.goto(`/agents?organization=${person.organizationId}`);
    await tab.getByRole('link', { name: 'mine-relay' }).waitFor();
    expect(await tab.content()).not.toContain('theirs-relay');
    await context.close();
  });

  test('what is not there leads back to its list, and a page whose code cannot be had leaves the rest', async () => {
    const { page, context } = await signIn(app, await seedPerson(app));
    await page.goto('/agents/nobody');
    await page.getByText('There is no agent "nobody"').waitFor();
    await page.getByRole('link', { name: '← Agents' }).click();
    await page.getByRole('heading', { name: 'Agents', level: 1 }).waitFor();
    await page.route(/\/assets\//, (route) => route.abort());
    await page.getByRole('link', { name: 'Audit' }).click();
    await page.getByText('This page could not be shown').waitFor();
    await page.getByRole('link', { name: 'Agents', exact: true }).click();
    await page.getByRole('heading', { name: 'Agents', level: 1 }).waitFor();
    await context.close();
  });

  test('what was typed outlives the end of the session and the loss of the server', async () => {
    const admin = await seedPerson(app);
    const { page, context } = await signIn(app, admin);
    await page.goto('/agents/new');
    await page.getByLabel('Name').fill('typed-relay');
    await page.getByLabel('Upstream URL').fill(upstream());
    await app.dependencies.database.inInstance((transaction) =>
      transaction.session.deleteMany({ where: { personId: admin.person.id } }),
    );
    await page.getByText('You are signed out').waitFor();
    const [tab] = await Promise.all([
      context.waitForEvent('page'),
      page.getByRole('link', { name: 'Sign in again' }).click(),
    ]);
    await fillSignIn(tab, admin.person.email);
    await tab.getByRole('heading', { name: 'Overview' }).waitFor();
    await page.bringToFront();
    await page.getByText('You are signed out').waitFor({ state: 'hidden' });
    await app.goAway();
    await page.getByRole('button', { name: 'Create agent' }).click();
    await page.getByText('The server cannot be reached. What you typed').waitFor();
    await app.comeBack();
    await page.getByText('The server cannot be reached. What you typed').waitFor({ state: 'hidden' });
    expect(await page.getByLabel('Name').inputValue()).toBe('typed-relay');
    await page.getByRole('button', { name: 'Create agent' }).click();
    await page.getByText('typed-relay is ready').waitFor();
    await context.close();
  });
});
