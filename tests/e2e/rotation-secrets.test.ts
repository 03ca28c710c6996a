import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Browser } from 'playwright-core';
import { readDatabasePasswords } from '../../tools/postgres/database-passwords.ts';
import { findServerFiles } from '../../tools/postgres/server-files.ts';
import { takePort } from '../../tools/supervisor/ports.ts';
import { type ProviderServer, startProvider } from '../rotation/servers/provider.ts';
import { httpRotatorOf } from '../rotation/servers/provider-rotator.ts';
import { launchChromium } from '../servers/chromium.ts';
import { describeNeeding } from '../servers/describe-needing.ts';
import { allowAccess } from './allow-access.ts';
import { type ConnectedClient, connectSdk1 } from './mcp-clients.ts';
import { type RunningProduct, startProduct } from './product.ts';
import { filesHolding, formsOf, tablesHolding } from './secret-scan.ts';

const ADMIN = { email: 'ada@example.test', password: 'correct horse battery staple 42' };
const API_TOKEN = `agt_${randomBytes(24).toString('base64url')}`;
const FINAL = ['succeeded', 'failed', 'rolled_back', 'cancelled'];

describeNeeding(['chromium'], 'rotations in the product as a user runs it', () => {
  let dataDir: string;
  let postgresPort: number;
  let provider: ProviderServer;
  let product: RunningProduct;
  let browser: Browser;
  let claude: ConnectedClient;
  let agentKey: string;
  /** Everything that REST and MCP answered but the agent key's one creation. */
  const answers: string[] = [];

  beforeAll(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'agentgateway-rotations-'));
    postgresPort = await takePort({ port: 0, setting: 'POSTGRES_PORT' }, '127.0.0.1');
    provider = await startProvider();
    product = await startProduct(dataDir, {
      AGENTGATEWAY_ADMIN_EMAIL: ADMIN.email,
      AGENTGATEWAY_ADMIN_PASSWORD: ADMIN.password,
      AGENTGATEWAY_ORG: 'Acme',
      AGENTGATEWAY_API_TOKEN: API_TOKEN,
      AGENTGATEWAY_ALLOWED_PRIVATE_UPSTREAMS: '127.0.0.0/8',
      LOG_LEVEL: 'debug',
      POSTGRES_PORT: String(postgresPort),
    });
    browser = await launchChromium();
    const page = await browser.newPage();
    claude = await connectSdk1(product.run.mcp_url, (authorizationUrl) => allowAccess(page, authorizationUrl, ADMIN));
  }, 600_000);
  afterAll(async () => {
    await claude?.close();
    await browser?.close();
    await product?.stop();
    await provider?.stop();
    await rm(dataDir, { recursive: true, force: true });
  });

  async function rest(method: string, path: string, body: object) {
    const response = await fetch(`${product.run.app_url}/api/v1${path}`, {
      method,
      headers: { authorization: `Bearer ${API_TOKEN}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path} was answered ${response.status}: ${text}`);
    return { text, json: JSON.parse(text) };
  }

  async function tool(name: string, input: Record<string, unknown>) {
    const answer = await claude.call(name, input);
    answers.push(JSON.stringify(answer));
    return answer;
  }

  const callRelay = async () => {
    const response = await fetch(`${product.run.relay_url}/payments/v1/charges`, {
      headers: { 'x-api-key': agentKey },
    });
    return response.text();
  };

  /** Rotates while calls go on. @returns how it ended */
  async function rotate(): Promise<string> {
    const care = { canary_share: 1, canary_seconds: 2, drain_seconds: 1 };
    const { operation_id: operation } = await tool('rotate_credential', { credential: 'payments-key', ...care });
    for (;;) {
      await callRelay();
      const { status } = (await tool('get_operation', { operation })).operation;
      if (FINAL.includes(status)) return status;
      await pause(50);
    }
  }

  test('leave no value, old, staged, broken or refused, in Postgres, Temporal, logs, answers or the terminal', async () => {
    const first = provider.keys.make('entered by a person');
    const hosts = { allowed_hosts: [provider.allowedHost] };
    const made = [
      await rest('POST', '/credentials', { name: 'payments-admin', value: provider.adminSecret, ...hosts }),
      await rest('POST', '/credentials', { name: 'payments-key', value: first.value, ...hosts }),
      await rest('PATCH', '/credentials/payments-key', {
        rotator: httpRotatorOf(provider, { admin_credential: 'payments-admin', initial_reference: first.id }),
      }),
    ];
    const agent = { name: 'payments', upstream_url: provider.url, reveal: 'inline' };
    agentKey = (await rest('POST', '/agents', agent)).json.agent_key.value;
    made.push(await rest('PUT', '/agents/payments/credentials/payments-key', { injection: { kind: 'bearer' } }));
    answers.push(...made.map(({ text }) => text));
    while (!(await callRelay()).includes(first.id)) await pause(50);

    expect(await rotate()).toBe('succeeded');
    provider.faults.refuseLive = true;
    expect(await rotate()).toBe('rolled_back');
    provider.faults.refuseLive = false;
    provider.faults.mintBroken = 1;
    expect(await rotate()).toBe('rolled_back');
    for (const name of [
      'get_credential',
      'list_credentials',
      'list_audit_events',
      'list_operations',
      'list_request_logs',
    ])
      await tool(name, name === 'get_credential' ? { credential: 'payments-key' } : {});

    const minted = provider.keys.all.map(({ value }) => value);
    expect(minted.length).toBeGreaterThanOrEqual(4);
    const hidden = [...minted, provider.adminSecret, agentKey, API_TOKEN, ADMIN.password];
    const { postgres: password } = await readDatabasePasswords(dataDir);
    const superuserUrl = `postgresql://postgres:${password}@127.0.0.1:${postgresPort}/agentgateway`;
    const { cluster } = await findServerFiles(dataDir);
    const scan = async (wanted: string[]) => [
      ...(await filesHolding(dataDir, wanted)),
      ...(await filesHolding(cluster, wanted)),
      ...(await tablesHolding(superuserUrl, wanted)),
    ];
    // The control: the scan does find what is there, in each kind of store.
    const control = (await scan(['payments-key', 'rotateCredential', 'listening', first.id])).join('\n');
    for (const store of [
      'temporal.db',
      'logs/',
      cluster,
      'public.credential',
      'public.operation',
      'public.audit_event',
    ])
      expect(control).toContain(store);

    expect(await scan(hidden.flatMap(formsOf))).toEqual([]);
    const told = [...answers, ...product.terminal];
    expect(told.filter((text) => hidden.some((secret) => text.includes(secret)))).toEqual([]);
  }, 240_000);
});
