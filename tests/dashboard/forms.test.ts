import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Page } from 'playwright-core';
import { call } from '../core/operations/call.ts';
import { describeNeeding } from '../servers/describe-needing.ts';
import { seedAgent } from '../servers/seed.ts';
import { type DashboardApp, type Member, seedPerson, settled, signIn, startDashboard } from './dashboard-app.ts';
import { seedCredential } from './dashboard-rows.ts';

describeNeeding(['chromium'], 'forms', () => {
  let app: DashboardApp;
  let admin: Member;
  beforeAll(async () => {
    app = await startDashboard();
    admin = await seedPerson(app);
    await seedAgent(app.dependencies.database, admin.organizationId);
    await seedCredential(app, admin);
  });
  afterAll(() => app?.stop());

  /** Presses the window's last button twice, before the page can show that the first press counted. */
  const pressTwice = (page: Page): Promise<void> =>
    // Text, since only the page knows the types of its elements.
    page.evaluate(`(() => {
      const button = [...document.querySelectorAll('[role=dialog] button')].at(-1);
      button.click();
      button.click();
    })()`);

  test('pressed twice, an invitation and an API token are made once, and what is shown once shows', async () => {
    const { page, context } = await signIn(app, admin);
    const dialog = page.getByRole('dialog');
    await page.goto('/settings/members');
    await page.getByRole('button', { name: 'Invite somebody' }).click();
    await dialog.getByLabel('E-mail').fill('kim@example.test');
    await pressTwice(page);
    await dialog.getByText(/\/invitation/).waitFor();
    await page.goto('/settings/api-tokens');
    await page.getByRole('button', { name: 'New API token' }).click();
    await dialog.getByLabel('Name').fill('deploy script');
    await dialog.getByText('Read', { exact: true }).first().click();
    await pressTwice(page);
    await dialog.getByText(/^agt_/).waitFor();
    await dialog.getByRole('button', { name: 'I have stored it' }).click();
    await settled(page);
    expect(await page.getByRole('row').filter({ hasText: 'deploy script' }).count()).toBe(1);
    await context.close();
  });

  test('what is wrong is told at its field, also where it belongs to the routing', async () => {
    const { page, context } = await signIn(app, admin);
    await page.goto('/agents/stripe-relay?tab=settings');
    const retries = page.getByLabel('Retries of unanswered calls');
    await retries.fill('99');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.locator('[aria-invalid=true]').and(retries).waitFor();
    await page.getByText(/^At most \d+$/).waitFor();
    await context.close();
  });

  test('a threshold is no share above 100 %', async () => {
    const { page, context } = await signIn(app, admin);
    await page.goto('/alerts/rules/new');
    const threshold = page.getByLabel('Threshold');
    await threshold.fill('500');
    await threshold.blur();
    expect(await threshold.inputValue()).toBe('100 %');
    await context.close();
  });

  test('the probe without which a credential cannot be rotated is set on its page', async () => {
    await call(app.dependencies, admin, 'link_credential', { agent: 'stripe-relay', credential: 'stripe-prod-key' });
    await call(app.dependencies, admin, 'update_credential', { credential: 'stripe-prod-key', probe: null });
    const { page, context } = await signIn(app, admin);
    const dialog = page.getByRole('dialog');
    await page.goto('/credentials/stripe-prod-key');
    await page.getByRole('button', { name: 'Set probe' }).click();
    await dialog.getByLabel('Path').fill('v1 account');
    await dialog.getByRole('button', { name: 'Save' }).click();
    await dialog.getByText('Path: must begin with /').waitFor();
    await dialog.getByLabel('Path').fill('/v1/account');
    await dialog.getByRole('button', { name: 'Save' }).click();
    await page.getByText('GET /v1/account').waitFor();
    await page.getByRole('button', { name: 'Rotate' }).click();
    await dialog.getByRole('listitem').first().waitFor();
    await context.close();
  });

  test('where a credential may go and when it expires are changed on its page; what somebody else changed meanwhile stays', async () => {
    const update = (change: object) =>
      call(app.dependencies, admin, 'update_credential', { credential: 'stripe-prod-key', ...change });
    const read = async () =>
      (await call(app.dependencies, admin, 'get_credential', { credential: 'stripe-prod-key' })).credential;
    await update({ owner: admin.person.email, rotation_policy: { every_days: 90, remind_days_before: [3] } });
    const { version } = await read();
    const { page, context } = await signIn(app, admin);
    const dialog = page.getByRole('dialog');
    const save = dialog.getByRole('button', { name: 'Save' });
    await page.goto('/credentials/stripe-prod-key');
    await page.getByRole('button', { name: 'Edit' }).click();
    await dialog.getByLabel('May be sent to').fill('uploads.stripe.test');
    await dialog.getByLabel('Expires', { exact: true }).fill('2001-02-03T04:05');
    await save.click();
    await dialog.getByText('Expires at: must be in the future').waitFor();
    await page
      .locator('[aria-invalid=true]')
      .and(dialog.getByLabel('Expires', { exact: true }))
      .waitFor();
    await dialog.getByLabel('Expires', { exact: true }).fill('2099-02-03T04:05');
    await update({ labels: ['payments'] });
    await page.locator('main').getByText('payments').waitFor({ state: 'attached' });
    await save.click();
    await dialog.getByText('Somebody else changed the credential meanwhile.').waitFor();
    expect(await read()).toMatchObject({ allowed_hosts: ['api.stripe.test'], expires_at: null, version: version + 1 });
    await dialog.getByText('uploads.stripe.test').waitFor();
    await pressTwice(page);
    await page.getByText('The credential is changed.').waitFor();
    const expected = await page.evaluate("new Date('2099-02-03T04:05').toISOString()");
    expect(await read()).toMatchObject({
      allowed_hosts: ['api.stripe.test', 'uploads.stripe.test'],
      expires_at: expected,
      labels: ['payments'],
      owner: admin.person.email,
      rotation_policy: { every_days: 90, remind_days_before: [3] },
      version: version + 2,
    });
    await context.close();
  });

  test('a deletion that is confirmed twice is told once', async () => {
    await seedAgent(app.dependencies.database, admin.organizationId, 'old-relay');
    const { page, context } = await signIn(app, admin);
    await page.goto('/agents/old-relay');
    await page.getByRole('button', { name: 'Delete' }).click();
    await page.getByRole('dialog').getByRole('listitem').first().waitFor();
    await pressTwice(page);
    await page.getByText('“old-relay” is being deleted.').first().waitFor();
    await page.getByRole('heading', { name: 'Agents', level: 1 }).waitFor();
    expect(await page.getByText('“old-relay” is being deleted.').count()).toBe(1);
    await context.close();
  });

  test('what another tab saved is not undone by a form that was filled in before, unless one insists', async () => {
    const { page, context } = await signIn(app, admin);
    await page.goto('/agents/stripe-relay?tab=settings');
    await page.getByLabel('Retries of unanswered calls').fill('2');
    const change = { rate_limit_rpm: 50, upstream_url: 'https://api.stripe.test/v2' };
    await call(app.dependencies, admin, 'update_agent', { agent: 'stripe-relay', ...change });
    await page.locator('main header').getByText('/v2').waitFor();
    const save = page.getByRole('button', { name: 'Save' });
    await save.click();
    await page.getByText('Somebody else changed the agent meanwhile.').waitFor();
    const limit = async () =>
      (await call(app.dependencies, admin, 'get_agent', { agent: 'stripe-relay' })).agent.rate_limit?.rpm;
    expect(await limit()).toBe(50);
    await save.click();
    await page.getByText('Saved. Relays follow').waitFor();
    expect(await limit()).toBeUndefined();
    await context.close();
  });

  test('a rule that somebody else changed meanwhile keeps what was typed, and is saved over it by who insists', async () => {
    const made = { name: 'Errors', metric: 'error_rate', threshold: 0.05 };
    await call(app.dependencies, admin, 'create_alert_rule', made);
    const read = async () => (await call(app.dependencies, admin, 'list_alert_rules', {})).items[0];
    const { id } = await read();
    const { page, context } = await signIn(app, admin);
    await page.goto(`/alerts/rules/${id}`);
    await page.getByLabel('Threshold').fill('9');
    await call(app.dependencies, admin, 'update_alert_rule', { rule: id, name: 'Many errors' });
    await page.getByRole('heading', { name: 'Many errors' }).waitFor();
    const save = page.getByRole('button', { name: 'Save rule' });
    await save.click();
    await page.getByText('Somebody else changed the rule meanwhile.').waitFor();
    expect(await read()).toMatchObject({ name: 'Many errors', threshold: 0.05 });
    await save.click();
    await page.getByText('The rule is changed').waitFor();
    expect(await read()).toMatchObject({ name: 'Errors', threshold: 0.09 });
    await context.close();
  });

  test('an address with a tab or a filter that is none shows the page without it', async () => {
    const { page, context } = await signIn(app, admin);
    await page.goto('/agents/stripe-relay?tab=gone');
    await page.getByRole('tab', { name: 'Traffic', selected: true }).waitFor();
    await page.goto('/agents?sort=gone&show=gone&q=');
    await page.getByRole('row').getByText('stripe-relay').waitFor();
    await context.close();
  });
});
