import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { pino } from 'pino';
import type { Page } from 'playwright-core';
import { createAddressGuard } from '../../core/outbound/address-guard.ts';
import { createDialer } from '../../core/outbound/dialer.ts';
import { createAgentKey } from '../../core/services/agent-keys.ts';
import { ensureSetupLink } from '../../core/services/setup.ts';
import { type RunningRelay, startRelay } from '../../relay/start-relay.ts';
import { call } from '../core/operations/call.ts';
import { startTraffic, type Traffic } from '../rotation/faults/traffic.ts';
import { seedRotated } from '../rotation/seed-rotated.ts';
import { type ProviderServer, startProvider } from '../rotation/servers/provider.ts';
import { callMcp } from '../servers/connected-app.ts';
import { describeNeeding } from '../servers/describe-needing.ts';
import { freePort } from '../servers/free-port.ts';
import { untilOperation } from '../servers/operation-rows.ts';
import { seedApp } from '../servers/seed.ts';
import { type DashboardApp, type Member, PASSWORD, seedPerson, signIn, startDashboard } from './dashboard-app.ts';
import { runWorkflows } from './run-workflows.ts';

describeNeeding(['chromium'], 'the dashboard, over workflows and a relay that run', () => {
  let app: DashboardApp;
  let provider: ProviderServer;
  let relay: RunningRelay;
  let traffic: Traffic;

  beforeAll(async () => {
    provider = await startProvider();
    const environment = { RELAY_PORT: String(await freePort()), AGENTGATEWAY_ALLOWED_PRIVATE_UPSTREAMS: '127.0.0.0/8' };
    app = await startDashboard({ environment, runWorkflows });
    relay = await startRelay({
      config: app.dependencies.config,
      log: pino({ level: 'silent' }),
      dialer: createDialer({ guard: createAddressGuard(['127.0.0.0/8']) }),
    });
    traffic = startTraffic(relay.port);
  });
  afterAll(async () => {
    await traffic?.stop();
    await relay?.stop();
    await app?.stop();
    await provider?.stop();
  });

  /** An agent whose calls carry a credential of the provider, once the relay knows it. */
  async function seedCalled(owner: Member, wishes: Parameters<typeof seedRotated>[3] = {}) {
    const rotated = await seedRotated(app.dependencies, provider, owner, wishes);
    const { database } = app.dependencies;
    const { value } = await database.inOrganization(owner.organizationId, (transaction) =>
      createAgentKey(transaction, app.dependencies, {
        agentId: rotated.agentId,
        name: 'caller',
        personId: owner.person.id,
        inline: true,
      }),
    );
    const { name } = await database.inOrganization(owner.organizationId, (transaction) =>
      transaction.credential.findUniqueOrThrow({ where: { id: rotated.credentialId } }),
    );
    const callAgent = () =>
      fetch(`http://127.0.0.1:${relay.port}/provider-relay/v1/items`, { headers: { 'x-api-key': value ?? '' } });
    while ((await callAgent()).status !== 200);
    return { ...rotated, credential: name, agentKey: value ?? '', callAgent };
  }

  /** Marks the document, so that a reload would show. */
  const mark = (page: Page) => page.evaluate('window.marked = true');
  const isMarked = (page: Page) => page.evaluate<boolean>('window.marked === true');
  const step = (page: Page, name: string, status: string) =>
    page.locator(`ol > li[data-status=${status}]`).filter({ has: page.getByText(name, { exact: true }) });

  // First, while the installation is empty: later on there is no set-up link.
  test('the set-up link leads to the first call, which the page tells of by itself', async () => {
    const context = await app.browser.newContext({ baseURL: app.url });
    const page = await context.newPage();
    await page.goto((await ensureSetupLink(app.dependencies)) ?? '');
    await page.locator('[name=organization]').fill('Acme');
    await page.locator('[name=email]').fill('ada@example.test');
    await page.locator('[name=password]').fill(PASSWORD);
    await page.locator('button[type=submit]').click();
    await page.getByRole('heading', { name: 'Your first call' }).waitFor();
    await page.getByLabel('Base URL of the API').fill(provider.url);
    await page.getByLabel('Name').fill('first-relay');
    await page.getByRole('button', { name: 'Create agent' }).click();
    await page.getByText('Waiting for the first call…').waitFor();
    const [, address = '', header = ''] =
      /^curl (\S+) -H "Authorization: ([^"]+)"$/.exec(
        (await page.locator('code').filter({ hasText: 'curl' }).textContent()) ?? '',
      ) ?? [];
    // The upstream itself asks for a credential: the relay knows the agent and its key.
    while ((await fetch(address, { headers: { authorization: header } })).headers.has('x-agentgateway-error'));
    await page.getByText('It arrived: answered with 401').waitFor();
    await page.getByText('The API wants a credential.').waitFor();
    await context.close();
  });

  test('a rotation goes from step to step without a reload, and what live calls show of the new value is charted, also what came to nothing', async () => {
    const owner = await seedPerson(app);
    const { credential, agentKey, key } = await seedCalled(owner);
    provider.faults.failRevoke = 2;
    const lane = traffic.join('provider-relay', agentKey);
    const { page, context, complaints } = await signIn(app, owner);
    await page.goto(`/credentials/${credential}`);
    await page.getByRole('button', { name: 'Rotate' }).waitFor();
    await mark(page);
    // Asked for elsewhere, with no more patience than a slow page needs to show the canary: the page is told of it.
    await call(app.dependencies, owner, 'rotate_credential', {
      credential,
      canary_share: 0.5,
      canary_seconds: 10,
      drain_seconds: 1,
    });
    await page.getByText('It is being rotated').waitFor();
    await page.getByRole('link', { name: 'Follow the rotation' }).click();
    await step(page, 'Canary', 'running').waitFor();
    await page.getByRole('img', { name: 'Refused and failed calls' }).waitFor();
    await step(page, 'Revoke', 'done').waitFor({ timeout: 120_000 });
    expect(await page.locator('ol > li[data-status=done]').count()).toBe(6);
    await step(page, 'Revoke', 'done').getByText('2 attempts came to nothing').click();
    await step(page, 'Revoke', 'done').getByText('500').first().waitFor();
    for (const done of await page.locator('ol > li').all()) expect(await done.textContent()).toMatch(/\d s|second|now/);
    await page.locator('h1 + *').getByText('succeeded').waitFor();
    expect(await page.getByRole('button', { name: 'Cancel and roll back' }).count()).toBe(0);
    expect(await isMarked(page)).toBe(true);
    // Also who comes late sees how it went from its beginning on.
    await page.reload();
    await page.getByRole('img', { name: 'Refused and failed calls' }).waitFor();
    await traffic.leave(lane);
    expect(lane.calls).toBeGreaterThan(50);
    expect(lane.failed).toEqual([]);
    expect(key.active).toBe(false);
    await page.goto(`/credentials/${credential}`);
    await page.getByRole('table', { name: 'Versions' }).getByText('current').waitFor();
    expect(await page.content()).not.toContain(key.value.slice(-4));
    expect(complaints).toEqual([]);
    await context.close();
  }, 240_000);

  test('a rotation by hand guides through its steps, and cancelled from its page it goes back', async () => {
    const owner = await seedPerson(app);
    const { credential, key } = await seedCalled(owner, { rotator: null, probe: { path: '/whoami' } });
    const { page, context } = await signIn(app, owner);
    await page.goto(`/credentials/${credential}`);
    await page.getByRole('button', { name: 'Rotate' }).click();
    const question = page.getByRole('dialog');
    await question.getByText('ask a person for the new value').waitFor();
    await question.getByRole('button', { name: 'Rotate' }).click();
    await page.getByRole('heading', { name: 'Waits for the new value' }).waitFor();
    const operation = page.url();
    const entered = provider.keys.make('entered by hand');
    await page.getByRole('button', { name: 'Enter the new value' }).click();
    await page.locator('[name=value]').fill(entered.value);
    expect(await page.locator('[name=allowed_hosts]').inputValue()).toBe(provider.allowedHost);
    await page.locator('button[type=submit]').click();
    await page.getByRole('heading', { name: 'Value stored' }).waitFor();
    await page.goto(operation);
    await step(page, 'Canary', 'running').waitFor();
    expect(await page.content()).not.toContain(entered.value);
    await mark(page);
    await page.getByRole('button', { name: 'Cancel and roll back' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Cancel and roll back' }).click();
    await page.getByText('It is being rolled back.').waitFor();
    await page.locator('h1 + *').getByText('cancelled').waitFor();
    await page.getByText(`Cancelled by`).waitFor();
    expect(await isMarked(page)).toBe(true);
    await page.goto(`/credentials/${credential}`);
    const current = page.getByRole('row').filter({ hasText: 'current' });
    expect(await current.locator('code').textContent()).toContain(key.value.slice(-4));
    await context.close();
  });

  test('an app that is revoked while it calls is refused within a second, and the page shows that it ended', async () => {
    const owner = await seedPerson(app);
    const connected = await seedApp(app.dependencies, owner);
    const calls: { status: number; at: number }[] = [];
    const callOnce = async () => {
      const at = performance.now();
      const params = { name: 'whoami', arguments: {} };
      const answer = await callMcp(app.url, connected.accessToken, { method: 'tools/call', params });
      await answer.arrayBuffer();
      calls.push({ status: answer.status, at });
    };
    const { page, context } = await signIn(app, owner);
    await page.goto('/settings/connected-apps');
    await page.getByRole('table').getByRole('button', { name: 'Revoke' }).click();
    await page.getByRole('dialog').getByRole('listitem').first().waitFor();
    const end = new AbortController();
    const calling = (async () => {
      while (!end.signal.aborted) await callOnce();
    })();
    let answered = 0;
    try {
      while (calls.length < 4) await callOnce();
      // From the server's answer on: how long a busy browser takes for a click is no part of the promise.
      const revocation = page.waitForResponse(
        (response) => response.request().method() === 'DELETE' && response.url().includes('/connected-apps/'),
      );
      await page.getByRole('dialog').getByRole('button', { name: 'Revoke' }).click();
      expect((await revocation).status()).toBe(202);
      answered = performance.now();
      await page.getByText('The access has ended').waitFor();
      await page.getByText('No app is connected').waitFor();
    } finally {
      end.abort();
      await calling;
    }
    expect(calls.filter(({ status, at }) => status === 200 && at < answered).length).toBeGreaterThan(3);
    expect(calls.filter(({ status, at }) => status === 200 && at > answered + 1_000)).toEqual([]);
    expect(calls.at(-1)?.status).toBe(401);
    await page.getByRole('link', { name: 'See what was under way' }).click();
    await page.locator('h1 + *').getByText('succeeded').waitFor();
    await context.close();
  });

  test('a deleted agent comes back from its toast, and later from the list of deleted ones, with its key', async () => {
    const owner = await seedPerson(app);
    const { callAgent } = await seedCalled(owner);
    const untilStatus = async (wanted: number) => {
      while ((await callAgent()).status !== wanted);
    };
    const { page, context } = await signIn(app, owner);
    const remove = async () => {
      await page.goto('/agents/provider-relay');
      await page.getByRole('button', { name: 'Delete' }).click();
      await page.getByRole('dialog').getByRole('listitem').first().waitFor();
      await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
      await page.getByText('“provider-relay” is being deleted.').waitFor();
    };
    await remove();
    await page.getByRole('button', { name: 'Undo' }).click();
    await page.getByText('“provider-relay” is back').waitFor();
    await untilStatus(200);
    await remove();
    await untilStatus(404);
    const { items } = await call(app.dependencies, owner, 'list_operations', { kind: 'delete_agent', limit: 1 });
    const { organizationId } = owner;
    await untilOperation(
      app.dependencies,
      { organizationId, operationId: items[0].id },
      ({ status }) => status === 'succeeded',
    );
    await page.goto(`/operations/${items[0].id}`);
    await page.getByRole('link', { name: 'provider-relay' }).click();
    await page.getByRole('button', { name: 'Restore' }).click();
    await page.getByText('“provider-relay” is back').waitFor();
    await untilStatus(200);
    await context.close();
  });

  test('a credential is linked in a header of its own form, allowed to go to the agent’s host, and the next calls carry it', async () => {
    const owner = await seedPerson(app);
    const { credential, callAgent, credentialId } = await seedCalled(owner);
    await call(app.dependencies, owner, 'unlink_credential', { agent: 'provider-relay', credential });
    await call(app.dependencies, owner, 'update_credential', { credential, allowed_hosts: [] });
    while ((await callAgent()).status !== 401);
    const { page, context } = await signIn(app, owner);
    await page.goto('/agents/provider-relay?tab=credentials');
    await page.getByRole('button', { name: 'Link a credential' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('combobox', { name: 'Credential' }).click();
    await page.getByRole('option', { name: credential }).click();
    await dialog.getByRole('combobox', { name: 'How it is sent' }).click();
    await page.getByRole('option', { name: 'In a header' }).click();
    await dialog.getByLabel('Header').fill('Authorization');
    await dialog.getByLabel('Template').fill('Bearer {secret}');
    await dialog.getByRole('button', { name: 'Link', exact: true }).click();
    await dialog.getByText('may not be sent to').waitFor();
    await dialog.getByLabel('Allow it to be sent').check();
    await dialog.getByRole('button', { name: 'Link', exact: true }).click();
    await page.getByText('header Authorization').waitFor();
    while ((await callAgent()).status !== 200);
    const links = await app.dependencies.database.inOrganization(owner.organizationId, (transaction) =>
      transaction.credentialLink.findMany({ where: { credentialId } }),
    );
    expect(links).toMatchObject([
      { injection: { kind: 'header', name: 'Authorization', template: 'Bearer {secret}' } },
    ]);
    await context.close();
  });

  test('an agent key is replaced from its page: the new one is shown once, and both work meanwhile', async () => {
    const owner = await seedPerson(app);
    const { callAgent } = await seedCalled(owner);
    const { page, context } = await signIn(app, owner);
    await page.goto('/agents/provider-relay?tab=keys');
    await page.getByRole('button', { name: 'Rotate' }).click();
    await page.getByRole('dialog').getByRole('listitem').first().waitFor();
    await page.getByRole('dialog').getByRole('button', { name: 'Rotate' }).click();
    await page.getByRole('link', { name: 'Show the key' }).click();
    await page.getByRole('button', { name: 'Reveal' }).click();
    const value = ((await page.locator('#secret').textContent()) ?? '').trim();
    expect(value).toMatch(/^agk_\w{32}$/);
    const callWith = () =>
      fetch(`http://127.0.0.1:${relay.port}/provider-relay/v1/items`, { headers: { 'x-api-key': value } });
    while ((await callWith()).status !== 200);
    expect((await callAgent()).status).toBe(200);
    await page.goto('/agents/provider-relay?tab=keys');
    await page.getByRole('table').getByText('active').nth(1).waitFor();
    expect(await page.content()).not.toContain(value);
    await context.close();
  });
});
