import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { readDatabasePasswords } from '../../tools/postgres/database-passwords.ts';
import { findServerFiles } from '../../tools/postgres/server-files.ts';
import { takePort } from '../../tools/supervisor/ports.ts';
import { launchChromium } from '../servers/chromium.ts';
import { describeNeeding } from '../servers/describe-needing.ts';
import { allowAccess, signIn } from './allow-access.ts';
import { type ConnectedClient, connectClient2, connectSdk1 } from './mcp-clients.ts';
import { processesOf, type RunningProduct, startProduct } from './product.ts';
import { filesHolding, formsOf, tablesHolding } from './secret-scan.ts';
import { startUpstream, type Upstream } from './upstream.ts';

// Characters that every escaping changes, so that the scan knows each form apart.
const SECRET = 'sk_live_"quoted"&a+b/c\\d%e<f>0123456789';
const ADMIN = { email: 'ada@example.test', password: 'correct horse battery staple 42' };

describeNeeding(['chromium'], 'from clone to the first call', () => {
  let dataDir: string;
  let upstream: Upstream;
  let product: RunningProduct;
  let browser: Browser;
  let page: Page;
  let claude: ConnectedClient;
  let agentKey: string;
  let postgresPort: number;

  const settings = () => ({
    AGENTGATEWAY_ALLOWED_PRIVATE_UPSTREAMS: upstream.host,
    POSTGRES_PORT: String(postgresPort),
  });

  /** A call to the relay, the way an SDK with another base URL and key makes it. */
  function callRelay(path: string, headers: Record<string, string>): Promise<Response> {
    return fetch(`${product.run.relay_url}/${path}`, { method: 'POST', headers, body: '{"amount":1}' });
  }

  /** What the relay knows is pushed to it: the first answer that is no longer `status` is the one to judge. */
  async function callUntilNot(status: number, path: string, headers: Record<string, string>): Promise<Response> {
    const deadline = Date.now() + 5_000;
    for (;;) {
      const answer = await callRelay(path, headers);
      if (answer.status !== status || Date.now() > deadline) return answer;
      await answer.arrayBuffer();
    }
  }

  beforeAll(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'agentgateway-e2e-'));
    upstream = await startUpstream(SECRET);
    browser = await launchChromium();
    page = await browser.newPage();
    postgresPort = await takePort({ port: 0, setting: 'POSTGRES_PORT' }, '127.0.0.1');
    product = await startProduct(dataDir, settings());
  }, 600_000);

  afterAll(async () => {
    await claude?.close();
    await browser?.close();
    await product?.stop();
    await upstream?.stop();
    await rm(dataDir, { recursive: true, force: true });
  });

  test('the set-up link makes the first organization and its admin, once', async () => {
    const setupUrl = product.run.setup_url ?? '';
    expect(product.terminal.join('\n')).toContain(setupUrl);
    await page.goto(setupUrl);
    await page.locator('[name=organization]').fill('Acme');
    await page.locator('[name=email]').fill(ADMIN.email);
    await page.locator('[name=password]').fill(ADMIN.password);
    await page.locator('button[type=submit]').click();
    await page.getByRole('heading', { name: 'Your first call' }).waitFor();
    const again = await fetch(setupUrl);
    expect(again.status).toBeGreaterThanOrEqual(400);
  });

  test('who signs out signs in again with the password', async () => {
    await page.context().clearCookies();
    await page.goto(product.run.app_url);
    await signIn(page, ADMIN);
    await page.getByRole('heading', { name: 'Agents', exact: true }).waitFor();
  });

  test('client 2.x and SDK 1.x register, ask, are allowed, and see the tools', async () => {
    const allow = (authorizationUrl: URL) => allowAccess(page, authorizationUrl);
    const client2 = await connectClient2(product.run.mcp_url, allow);
    expect(await client2.listTools()).toContain('create_agent');
    expect(await client2.call('whoami')).toMatchObject({
      person: { email: ADMIN.email },
      organization: { name: 'Acme' },
      role: 'admin',
    });
    await client2.close();
    claude = await connectSdk1(product.run.mcp_url, allow);
    expect(await claude.listTools()).toContain('delete_agent');
  });

  test('a tool makes an agent; its key is shown once, on a page, to the person who asked', async () => {
    const { agent, agent_key } = await claude.call('create_agent', {
      name: 'charges',
      upstream_url: upstream.origin,
      rate_limit_rpm: 300,
    });
    expect(agent).toMatchObject({ name: 'charges', upstream_url: upstream.origin, rate_limit: { rpm: 300 } });
    expect(JSON.stringify(agent_key)).not.toMatch(/agk_\w{20}/);
    await page.goto(agent_key.reveal_url);
    await page.getByRole('button', { name: 'Reveal' }).click();
    agentKey = ((await page.locator('#secret').textContent()) ?? '').trim();
    expect(agentKey).toMatch(/^agk_\w{32}$/);
    await page.goto(agent_key.reveal_url);
    expect(await page.content()).not.toContain(agentKey);
  });

  test('a credential gets its value on a page, and is linked', async () => {
    const { entry_url } = await claude.call('create_credential', {
      name: 'charges-key',
      allowed_hosts: [upstream.origin],
    });
    await expect(claude.call('link_credential', { agent: 'charges', credential: 'charges-key' })).rejects.toThrow(
      'host_not_allowed',
    );
    await page.goto(entry_url);
    expect(await page.locator('[name=allowed_hosts]').inputValue()).toBe(upstream.origin);
    await page.locator('[name=value]').fill(SECRET);
    await page.locator('button[type=submit]').click();
    await page.getByRole('heading', { name: 'Value stored' }).waitFor();
    const { agent } = await claude.call('link_credential', { agent: 'charges', credential: 'charges-key' });
    expect(agent.credentials).toEqual([{ name: 'charges-key', injection: { kind: 'bearer' } }]);
  });

  test.each([
    ['Authorization: Bearer', () => ({ authorization: `Bearer ${agentKey}` })],
    ['X-Api-Key', () => ({ 'x-api-key': agentKey })],
    ['X-AgentGateway-Key', () => ({ 'x-agentgateway-key': agentKey })],
  ])('the relay carries a call with %s: the secret arrives, the agent key does not', async (_header, headers) => {
    // The upstream refuses until the relay has heard of the link.
    const answer = await callUntilNot(401, 'charges/v1/charges?expand=all', headers());
    expect(answer.status).toBe(200);
    expect(await answer.json()).toEqual({ allowed: true, echo: '{"amount":1}' });
    const seen = upstream.seen.at(-1);
    expect(seen).toMatchObject({
      method: 'POST',
      url: '/v1/charges?expand=all',
      headers: { authorization: `Bearer ${SECRET}` },
    });
    expect(JSON.stringify(seen)).not.toContain('agk_');
  });

  test('the call is in the request log, and every action in the audit trail', async () => {
    const deadline = Date.now() + 5_000;
    let items = [];
    while (items.length < 3 && Date.now() < deadline)
      ({ items } = await claude.call('list_request_logs', { agent: 'charges', status: '200' }));
    expect(items[0]).toMatchObject({ agent: 'charges', method: 'POST', path: '/v1/charges', status: 200 });
    const trail = await claude.call('list_audit_events', { since: '24h', limit: 100 });
    const actions = trail.items.map(
      ({ action, outcome }: { action: string; outcome: string }) => `${action} ${outcome}`,
    );
    expect(actions).toEqual(
      expect.arrayContaining([
        'create_agent succeeded',
        'reveal_agent_key succeeded',
        'enter_credential_value succeeded',
        'link_credential refused',
        'link_credential succeeded',
      ]),
    );
  });

  test('`npm run audit:verify` finds the audit trail chained and whole', async () => {
    const env = { ...process.env, AGENTGATEWAY_DATA_DIR: dataDir, ...settings() };
    const { stdout } = await promisify(execFile)('npm', ['run', '-s', 'audit:verify'], { env });
    expect(stdout).toMatch(/: [1-9]\d+ events, 0 problems\n/);
  });

  test('delete refuses new calls; restore brings everything back', async () => {
    const { operation_id } = await claude.call('delete_agent', { agent: 'charges' });
    const { operation } = await claude.call('get_operation', { operation: operation_id, wait_seconds: 50 });
    expect(operation).toMatchObject({
      status: 'succeeded',
      kind: 'delete_agent',
      result: { restorable_until: expect.any(String) },
    });
    const refused = await callUntilNot(200, 'charges/v1/charges', { 'x-api-key': agentKey });
    expect(refused.status).toBe(404);
    expect(refused.headers.get('x-agentgateway-error')).toBe('agent_not_found');
    await page.goto(operation.url);
    await page.getByText('succeeded').first().waitFor();
    await claude.call('restore_agent', { agent: 'charges' });
    expect((await callUntilNot(404, 'charges/v1/charges', { 'x-api-key': agentKey })).status).toBe(200);
  });

  test('Ctrl-C leaves no process; a warm start takes at most 12 s, and everything is still there', async () => {
    await product.stop();
    expect(await processesOf(dataDir)).toEqual([]);
    const began = performance.now();
    const { run: before } = product;
    product = await startProduct(dataDir, {
      ...settings(),
      PORT: new URL(before.app_url).port,
      RELAY_PORT: new URL(before.relay_url).port,
    });
    expect(product.run.setup_url).toBeUndefined();
    console.log(`warm start: ${((performance.now() - began) / 1_000).toFixed(1)} s`);
    expect((await claude.call('get_agent', { agent: 'charges' })).agent.credentials).toHaveLength(1);
    expect((await callUntilNot(503, 'charges/v1/charges', { 'x-api-key': agentKey })).status).toBe(200);
  });

  test('no secret lies in Postgres, Temporal’s histories or any log file, in any form', async () => {
    const { postgres: password } = await readDatabasePasswords(dataDir);
    const superuserUrl = `postgresql://postgres:${password}@127.0.0.1:${postgresPort}/agentgateway`;
    const { cluster } = await findServerFiles(dataDir);
    const hidden = [SECRET, agentKey, ADMIN.password];
    const texts = hidden.flatMap(formsOf);
    const scan = async (wanted: string[]) => [
      ...(await filesHolding(dataDir, wanted)),
      ...(await filesHolding(cluster, wanted)),
      ...(await tablesHolding(superuserUrl, wanted)),
    ];
    // The control: the scan does find what is there, in each kind of store.
    const control = (await scan(['charges-key', 'deleteAgent', 'listening'])).join('\n');
    for (const store of ['temporal.db', 'logs/', cluster, 'public.credential', 'public.audit_event'])
      expect(control).toContain(store);

    expect(await scan(texts)).toEqual([]);
    expect(product.terminal.filter((line) => hidden.some((text) => line.includes(text)))).toEqual([]);
  });
});
