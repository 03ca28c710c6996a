import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { invoke } from '../../core/operations/invoke.ts';
import { updateEmailDraft } from '../../core/operations/update-email-draft.ts';
import type { OrganizationTransaction } from '../../core/store/database.ts';
import { call } from '../core/operations/call.ts';
import { describeNeeding } from '../servers/describe-needing.ts';
import { addMember } from '../servers/seed.ts';
import {
  type DashboardApp,
  type Member,
  PASSWORD,
  seedPerson,
  settled,
  signIn,
  startDashboard,
} from './dashboard-app.ts';
import { seedMail } from './mail-rows.ts';

describeNeeding(['chromium'], 'settings', () => {
  let app: DashboardApp;
  let admin: Member;
  beforeAll(async () => {
    app = await startDashboard();
    admin = await seedPerson(app);
    await seedMail(app, admin);
  });
  afterAll(() => app?.stop());

  const stored = <Row>(read: (transaction: OrganizationTransaction) => Promise<Row>): Promise<Row> =>
    app.dependencies.database.inOrganization(admin.organizationId, read);

  test('what may be written is changed though the mailbox’s servers cannot be reached; its sign-in is not', async () => {
    const { page, context } = await signIn(app, admin);
    await page.goto('/settings/mailboxes');
    await page.getByRole('button', { name: 'Edit' }).click();
    await page.getByLabel('Mails an hour').fill('20');
    await page.getByRole('combobox', { name: 'May send' }).click();
    await page.getByRole('option', { name: 'Some people' }).click();
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('The settings of support@acme.test are changed.').waitFor();
    const [mailbox] = await stored((transaction) => transaction.mailbox.findMany());
    expect(mailbox).toMatchObject({ sendsPerHour: 20, permissions: { read: null, draft: null, send: [] } });
    await page.getByRole('button', { name: 'Edit' }).click();
    await page.getByText('Servers and sign-in').click();
    await page.getByLabel('User name').fill('somebody@acme.test');
    await page.getByRole('button', { name: 'Try and save' }).click();
    await page.getByRole('dialog').getByRole('alert').waitFor();
    expect(await stored((transaction) => transaction.mailbox.findMany())).toEqual([mailbox]);
    await context.close();
  });

  test('a channel that somebody else changed meanwhile is saved over their change by who insists', async () => {
    const { page, context } = await signIn(app, admin);
    await page.goto('/settings/channels');
    await page.getByRole('button', { name: 'Edit' }).click();
    await page.getByRole('combobox', { name: 'E-mail addresses' }).fill('nights@acme.test');
    const theirs = { channel: 'on-call', addresses: ['days@acme.test'] };
    await call(app.dependencies, admin, 'update_channel', theirs);
    const addresses = async () => (await stored((transaction) => transaction.channel.findFirst()))?.addresses;
    const save = page.getByRole('button', { name: 'Save' });
    await save.click();
    await page.getByText('Somebody else changed the channel meanwhile.').waitFor();
    expect(await addresses()).toEqual(theirs.addresses);
    await page.getByRole('cell', { name: 'days@acme.test' }).waitFor({ state: 'attached' });
    await save.click();
    await page.getByRole('dialog').waitFor({ state: 'hidden' });
    expect(await addresses()).toEqual(['oncall@acme.test', 'nights@acme.test']);
    await context.close();
  });

  test('a draft that somebody else changed meanwhile is not undone unseen by a form that was filled in before', async () => {
    const [draft] = await stored((transaction) => transaction.emailDraft.findMany({ where: { state: 'open' } }));
    const { page, context } = await signIn(app, admin);
    await page.goto('/email/drafts');
    await page.getByRole('button', { name: 'Edit' }).click();
    await page.getByLabel('Text').fill('It comes tomorrow.');
    const theirs = { draft: draft?.id, subject: 'Your parcel' };
    await invoke(updateEmailDraft, { caller: admin, input: theirs, signal: AbortSignal.abort() }, app.dependencies);
    await page.getByText('Your parcel').first().waitFor({ state: 'attached' });
    await page.getByRole('dialog').getByRole('button', { name: 'Save' }).click();
    await page.getByText('Somebody else changed the draft meanwhile.').waitFor();
    expect(await page.getByLabel('Text').inputValue()).toBe('It comes tomorrow.');
    await context.close();
  });

  test('a channel is renamed, and comes back long after its deletion', async () => {
    const { page, context } = await signIn(app, admin);
    await page.goto('/settings/channels');
    await page.getByRole('button', { name: 'Edit' }).click();
    await page.getByLabel('Name').fill('night-watch');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByRole('cell', { name: 'night-watch' }).waitFor();
    await page.getByRole('button', { name: 'Delete' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
    await page.getByText('No channels yet').waitFor();
    await page.reload();
    await settled(page);
    await page.getByText('Deleted', { exact: true }).click();
    await page.getByRole('button', { name: 'Restore' }).click();
    await page.getByText('night-watch is back.').waitFor();
    expect(await stored((transaction) => transaction.channel.findMany())).toMatchObject([
      { name: 'night-watch', deletedAt: null },
    ]);
    await context.close();
  });

  test('a plan that stops every call is asked about before it is set', async () => {
    await app.dependencies.database.inInstance((transaction) =>
      transaction.instance.update({ where: { id: 1 }, data: { firstAdminId: admin.person.id } }),
    );
    const { page, context } = await signIn(app, admin);
    const dialog = page.getByRole('dialog');
    const limit = async () => (await call(app.dependencies, admin, 'get_plan', {})).plan.requests_per_month;
    await page.goto('/settings/usage');
    await page.getByRole('button', { name: 'Change plan' }).click();
    await dialog.getByLabel('Requests a month').fill('0');
    await dialog.getByRole('button', { name: 'Save' }).click();
    const question = dialog.filter({ hasText: 'Refuse every call of' });
    await question.getByRole('button', { name: 'Cancel' }).click();
    await question.waitFor({ state: 'hidden' });
    expect(await limit()).toBeNull();
    await dialog.getByRole('button', { name: 'Save' }).click();
    await question.getByRole('button', { name: 'Refuse every call' }).click();
    await page.getByText('The plan is changed.').waitFor();
    expect(await limit()).toBe(0);
    await context.close();
  });

  test('a member becomes an admin once the person at the desk has proved who they are', async () => {
    const colleague = await addMember(app.dependencies.database, admin, 'manager');
    const { page, context } = await signIn(app, admin);
    const authenticatedAt = new Date(Date.now() - 11 * 60_000);
    await app.dependencies.database.inInstance((transaction) =>
      transaction.session.updateMany({ where: { personId: admin.person.id }, data: { authenticatedAt } }),
    );
    await page.goto('/settings/members');
    const promote = async (): Promise<void> => {
      await page.getByRole('combobox', { name: colleague.person.email }).click();
      await page.getByRole('option', { name: 'Admin' }).click();
    };
    await promote();
    const opened = page.waitForEvent('popup');
    await page.getByRole('link', { name: 'Confirm that it is you' }).click();
    const proof = await opened;
    await proof.locator('[name=password]').fill(PASSWORD);
    await proof.locator('main button[type=submit]').click();
    await proof.getByRole('heading', { name: 'Members' }).waitFor();
    await proof.close();
    await promote();
    await page.getByText('is admin from the next request on').waitFor();
    const { person } = colleague;
    expect(
      await stored((transaction) => transaction.membership.findFirst({ where: { personId: person.id } })),
    ).toMatchObject({ role: 'admin' });
    await context.close();
  });
});
