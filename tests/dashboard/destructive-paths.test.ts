import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Locator, Page } from 'playwright-core';
import { createApiTokenFor } from '../api/rest/api-token.ts';
import { call } from '../core/operations/call.ts';
import { describeNeeding } from '../servers/describe-needing.ts';
import { addMember, freshSession, seedAgent } from '../servers/seed.ts';
import { seedMailbox } from '../servers/seed-mailbox.ts';
import {
  type DashboardApp,
  type Member,
  type SignedIn,
  seedPerson,
  settled,
  signIn,
  startDashboard,
} from './dashboard-app.ts';
import { seedCredential } from './dashboard-rows.ts';

describeNeeding(['chromium'], 'what destroys', () => {
  let app: DashboardApp;
  let admin: Member;
  let signedIn: SignedIn;
  let page: Page;

  beforeAll(async () => {
    app = await startDashboard();
    admin = await seedPerson(app);
    await seedAgent(app.dependencies.database, admin.organizationId);
    await seedCredential(app, admin);
    signedIn = await signIn(app, admin);
    page = signedIn.page;
  });
  afterAll(() => app?.stop());

  const ask = (name: string, input: object = {}) => call(app.dependencies, admin, name, input);
  const rowOf = (name: string) => page.getByRole('row').filter({ hasText: name });
  const open = async (address: string) => {
    await page.goto(address);
    await settled(page);
  };

  /** Presses the button, sees what the server says it would do, thinks better of it, and then does it. */
  async function destroy(place: Locator | Page, label: string, told: RegExp): Promise<void> {
    const button = place.getByRole('button', { name: label, exact: true });
    const dialog = page.getByRole('dialog');
    await button.click();
    await dialog.getByRole('button', { name: 'Cancel' }).click();
    await dialog.waitFor({ state: 'hidden' });
    await button.click();
    await dialog.getByText(told).first().waitFor();
    await dialog.getByRole('button', { name: label, exact: true }).click();
    await dialog.waitFor({ state: 'hidden' });
  }

  async function undo(told: string): Promise<void> {
    await page.getByRole('button', { name: 'Undo' }).click();
    await page.getByText(told).waitFor();
  }

  test('a linked credential is not deleted; unlinked and deleted it comes back by undo, and from the deleted ones', async () => {
    await ask('link_credential', { agent: 'stripe-relay', credential: 'stripe-prod-key' });
    await open('/credentials/stripe-prod-key');
    await page.getByRole('button', { name: 'Delete' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByText('is linked to stripe-relay').waitFor();
    expect(await dialog.getByRole('button', { name: 'Delete' }).isDisabled()).toBe(true);
    await open('/agents/stripe-relay?tab=credentials');
    await destroy(page, 'Unlink', /./);
    await page.getByText('No credential linked').waitFor();
    const remove = async () => {
      await open('/credentials/stripe-prod-key');
      await destroy(page, 'Delete', /restorable for 7 days/);
      await page.getByText('“stripe-prod-key” is out of the vault.').waitFor();
    };
    await remove();
    await undo('“stripe-prod-key” is back in the vault.');
    await remove();
    await page.getByText('Deleted', { exact: true }).click();
    await rowOf('stripe-prod-key').getByRole('button', { name: 'Restore' }).click();
    await page.getByText('“stripe-prod-key” is back in the vault.').waitFor();
    expect((await ask('get_credential', { credential: 'stripe-prod-key' })).credential.status).toBe('active');
  });

  test('an agent key is revoked', async () => {
    await ask('create_agent_key', { agent: 'stripe-relay', name: 'billing', reveal: 'inline' });
    await open('/agents/stripe-relay?tab=keys');
    await destroy(rowOf('billing'), 'Revoke', /refuse every call/);
    await page.getByText('The key is revoked.').waitFor();
    await rowOf('billing').getByText('revoked').waitFor();
    expect(await rowOf('billing').getByRole('button').count()).toBe(0);
  });

  test('a member is removed', async () => {
    const colleague = await addMember(app.dependencies.database, admin, 'manager');
    await open('/settings/members');
    await destroy(rowOf(colleague.person.email), 'Remove', /end at once/);
    await page.getByText(`${colleague.person.email} is removed.`).waitFor();
    await rowOf(colleague.person.email).waitFor({ state: 'detached' });
  });

  test('an invitation is withdrawn', async () => {
    const fresh = await freshSession(app.dependencies.database, admin);
    await call(app.dependencies, fresh, 'create_invitation', { email: 'kim@example.test', role: 'operator' });
    await open('/settings/members');
    await destroy(rowOf('kim@example.test'), 'Withdraw', /opens nothing any more/);
    await rowOf('kim@example.test').waitFor({ state: 'detached' });
  });

  test('an API token is refused from the moment on that it is revoked', async () => {
    const value = await createApiTokenFor(app.dependencies, admin);
    const status = async () =>
      (await fetch(`${app.url}/api/v1/me`, { headers: { authorization: `Bearer ${value}` } })).status;
    expect(await status()).toBe(200);
    await open('/settings/api-tokens');
    await destroy(page.getByRole('table'), 'Revoke', /refused at once/);
    await page.getByText('The API token is revoked.').waitFor();
    expect(await status()).toBe(401);
    await page.getByText('No API tokens yet').waitFor();
  });

  test.each([
    {
      what: 'a channel',
      address: '/settings/channels',
      name: 'on-call',
      label: 'Delete',
      would: /restorable for 7 days/,
      told: 'on-call is deleted.',
      undone: 'on-call is back.',
      seed: () => ask('create_channel', { name: 'on-call', kind: 'email', addresses: ['ops@example.test'] }),
    },
    {
      what: 'an alert rule',
      address: '/alerts/rules',
      name: 'Errors of any agent',
      label: 'Delete',
      would: /end its 0 open alerts/,
      told: '“Errors of any agent” is deleted.',
      undone: 'The rule is back, and watches from now on.',
      seed: () =>
        ask('create_alert_rule', {
          name: 'Errors of any agent',
          metric: 'error_rate',
          comparison: 'gt',
          threshold: 0.05,
          window_seconds: 60,
          for_seconds: 600,
        }),
    },
    {
      what: 'a mailbox',
      address: '/settings/mailboxes',
      name: 'support@example.test',
      label: 'Disconnect',
      would: /stop syncing and sending/,
      told: 'support@example.test is disconnected.',
      undone: 'support@example.test is connected again.',
      seed: () =>
        seedMailbox(app.dependencies, admin, {
          dovecot: { ports: { imaps: 1 }, password: 'never used' },
          address: 'support@example.test',
        }),
    },
  ])(
    '$what is gone when it is deleted, and back by undo',
    async ({ address, name, label, would, told, undone, seed }) => {
      await seed();
      await open(address);
      await destroy(rowOf(name), label, would);
      await page.getByText(told).waitFor();
      await rowOf(name).waitFor({ state: 'detached' });
      await undo(undone);
      await rowOf(name).waitFor();
    },
  );

  test('the browser found nothing to complain of', () => expect(signedIn.complaints).toEqual([]));
});
