import { afterAll, beforeAll, expect, test } from '@jest/globals';
import pg from 'pg';
import { HOUR_MS } from '../../core/domain/times.ts';
import { openJobsDatabase } from '../../core/store/jobs-database.ts';
import { RequestLogUpload } from '../../core/store/request-log-upload.ts';
import { call } from '../core/operations/call.ts';
import { requestLogRow } from '../core/store/request-log-rows.ts';
import { describeNeeding } from '../servers/describe-needing.ts';
import { seedAgent } from '../servers/seed.ts';
import { type DashboardApp, seedPerson, signIn, startDashboard } from './dashboard-app.ts';

/** Whether a table's last column is within the table's sides before a second has passed. Text, since only the page knows its types. */
const LAST_IS_REACHED = `new Promise((resolve) => {
  const table = document.querySelector('[role=table]');
  const look = (frames) => {
    const last = [...table.querySelectorAll('[role=cell]')].at(-1);
    const isReached = last.getBoundingClientRect().right <= table.getBoundingClientRect().right;
    if (isReached || frames === 0) resolve(isReached);
    else requestAnimationFrame(() => look(frames - 1));
  };
  look(60);
})`;

describeNeeding(['chromium'], 'lists', () => {
  let app: DashboardApp;
  beforeAll(async () => {
    app = await startDashboard();
  });
  afterAll(() => app?.stop());

  test('search, filter and sorting of agents stand in the address; health shows how the last day led to it, or that there is no data', async () => {
    const admin = await seedPerson(app, 'manager');
    const { organizationId } = admin;
    const [agentId] = await Promise.all(
      ['called-relay', 'silent-relay'].map((name) => seedAgent(app.dependencies.database, organizationId, name)),
    );
    const calls = (time: number, status: number) =>
      Array.from({ length: 30 }, () => requestLogRow({ organizationId, agentId: agentId ?? '', time, status }));
    const writer = new pg.Client({ connectionString: app.testDatabase.urls.logWriter });
    await writer.connect();
    const rows = [...calls(Date.now() - 2 * HOUR_MS, 502), ...calls(Date.now(), 200)];
    await new RequestLogUpload().write(writer, crypto.randomUUID(), [{ number: 1, rows }]);
    await writer.end();
    const jobs = openJobsDatabase(app.testDatabase.urls.jobs);
    await jobs.keepHealthScores(new Date(), () => {});
    await jobs.close();
    const { page, context } = await signIn(app, admin);
    await page.goto('/agents');
    const called = page.getByRole('row').filter({ hasText: 'called-relay' });
    const silent = page.getByRole('row').filter({ hasText: 'silent-relay' });
    await called.getByText('In the last 24 hours not below 41').waitFor();
    expect(await called.locator('[data-name=Health]').textContent()).toMatch(/^100/);
    expect(await silent.locator('[data-name=Health]').textContent()).toBe('no data');
    expect(await silent.locator('[data-name=Health] svg').count()).toBe(0);
    await page.getByRole('textbox', { name: 'Search name' }).fill('silent');
    await called.waitFor({ state: 'detached' });
    await page.getByRole('combobox', { name: 'Sort by' }).click();
    await page.getByRole('option', { name: 'Newest' }).click();
    await page.waitForURL(/[?&]q=silent.*sort=newest/);
    await page.reload();
    await silent.waitFor();
    expect(await called.count()).toBe(0);
    await context.close();
  });

  test('an alert’s address shows it alone, whatever its state; filters stand in the address and outlive a reload', async () => {
    const admin = await seedPerson(app);
    const { organizationId } = admin;
    const notice = (name: string, state: string) => ({
      organizationId,
      kind: 'rotation_failed',
      name,
      text: `${name}.`,
      severity: 'warning',
      state,
      since: new Date(),
      firedAt: new Date(),
      resolvedAt: state === 'resolved' ? new Date() : null,
    });
    const over = await app.dependencies.database.inOrganization(organizationId, async (transaction) => {
      await transaction.alert.create({ data: notice('It still fires', 'firing') });
      return transaction.alert.create({ data: notice('It is over', 'resolved') });
    });
    const { page, context } = await signIn(app, admin);
    const fires = page.getByRole('row').filter({ hasText: 'It still fires' });
    const isOver = page.getByRole('row').filter({ hasText: 'It is over' });
    await page.goto(`/alerts?alert=${over.id}`);
    await isOver.waitFor();
    expect(await fires.count()).toBe(0);
    await page.goto('/alerts');
    await fires.waitFor();
    expect(await isOver.count()).toBe(0);
    await page.getByRole('combobox', { name: 'State' }).click();
    await page.getByRole('option', { name: 'Over' }).click();
    await isOver.waitFor();
    expect(new URL(page.url()).searchParams.get('state')).toBe('resolved');
    await page.reload();
    await isOver.waitFor();
    expect(await fires.count()).toBe(0);
    await page.goto('/alerts?state=firing');
    await fires.getByRole('button', { name: 'Acknowledge' }).click();
    await fires.waitFor({ state: 'detached' });
    await context.close();
  });

  test('the audit trail shows what changed something alone, also after a reload', async () => {
    const admin = await seedPerson(app);
    await call(app.dependencies, admin, 'create_agent', { name: 'made', upstream_url: 'https://api.example.com' });
    const { page, context } = await signIn(app, admin);
    await page.goto('/audit');
    const made = page.getByRole('row').filter({ hasText: 'create_agent' });
    const read = page.getByRole('row').filter({ hasText: 'sign_in' });
    await read.first().waitFor();
    await page.getByRole('combobox', { name: 'Show' }).click();
    await page.getByRole('option', { name: 'Changes only' }).click();
    await read.first().waitFor({ state: 'detached' });
    await made.waitFor();
    await page.waitForURL(/[?&]changes=true(&|$)/);
    await page.reload();
    await made.waitFor();
    expect(await read.count()).toBe(0);
    await context.close();
  });

  test('every column is within reach in a window of any width, and none makes the page itself wider', async () => {
    const admin = await seedPerson(app, 'manager');
    await seedAgent(app.dependencies.database, admin.organizationId);
    await call(app.dependencies, admin, 'create_agent_key', { agent: 'stripe-relay', name: 'billing' });
    const { page, context } = await signIn(app, admin);
    for (const address of ['/agents', '/agents/stripe-relay?tab=keys']) {
      for (const width of [390, 768, 1024]) {
        await page.setViewportSize({ width, height: 800 });
        await page.goto(address);
        await page.getByRole('table').getByText('stripe-relay').or(page.getByText('billing')).first().hover();
        await page.mouse.wheel(2_000, 0);
        expect([address, width, await page.evaluate(LAST_IS_REACHED)]).toEqual([address, width, true]);
        expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(width);
      }
    }
    await context.close();
  });
});
