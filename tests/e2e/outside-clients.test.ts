import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { createPerson, hashNewPassword } from '../../core/services/people.ts';
import { launchChromium } from '../servers/chromium.ts';
import { type RunningApp, startApp } from '../servers/connected-app.ts';
import { describeNeeding } from '../servers/describe-needing.ts';
import { seedCaller } from '../servers/seed.ts';
import { allowAccess } from './allow-access.ts';
import { inspector, python } from './outside/programs.ts';
import { type ClientProgram, runClient } from './outside/run-client.ts';

const MANAGER = { email: 'ada@example.test', password: 'correct horse battery staple 42' };

const scriptOf = (name: string) => join(import.meta.dirname, 'outside', name);

describeNeeding(['chromium', 'outside clients'], 'clients written by others', () => {
  let app: RunningApp;
  let browser: Browser;
  let page: Page;
  let home: string;

  beforeAll(async () => {
    home = await mkdtemp(join(tmpdir(), 'agentgateway-clients-'));
    app = await startApp();
    await seedManager();
    browser = await launchChromium();
    page = await browser.newPage();
  });
  afterAll(async () => {
    await browser?.close();
    await app?.stop();
    await rm(home, { recursive: true, force: true });
  });

  async function seedManager(): Promise<void> {
    const { database } = app.dependencies;
    const { organizationId } = await seedCaller(database, 'admin');
    const { email, password } = MANAGER;
    const passwordHash = await hashNewPassword(password, email);
    await database.inOrganization(organizationId, async (transaction) => {
      const personId = await createPerson(transaction, { email, name: 'Ada', passwordHash });
      await transaction.membership.create({ data: { organizationId, personId, role: 'manager' } });
    });
  }

  /** The credential's one-time page takes its value in. */
  async function enterValue(entryUrl: string): Promise<void> {
    await page.goto(entryUrl);
    await page.locator('[name=value]').fill('sk_live_0123456789abcdef');
    await page.locator('button[type=submit]').click();
    await page.getByRole('heading', { name: 'Value stored' }).waitFor();
  }

  /** Each client's person signs in anew. */
  const run = (program: ClientProgram) =>
    runClient(program, async (authorizationUrl) => {
      await page.context().clearCookies();
      await allowAccess(page, authorizationUrl, MANAGER);
    });
  const mcpUrl = () => `${app.url}/api/mcp`;

  const journey = (name: string): [string, object][] => [
    ['create_agent', { name: `${name}-relay`, upstream_url: 'https://api.stripe.test', rate_limit_rpm: 300 }],
    ['create_credential', { name: `${name}-key`, allowed_hosts: ['api.stripe.test'] }],
    ['list_agents', { q: name }],
  ];

  async function expectJourney(name: string, tools: string[], answers: unknown[]): Promise<void> {
    expect(tools).toEqual(expect.arrayContaining(['list_agents', 'create_agent', 'get_operation']));
    const [created, credential, listed] = answers as Record<string, never>[];
    expect(created).toMatchObject({ agent: { name: `${name}-relay`, rate_limit: { rpm: 300 } } });
    expect(listed?.items).toContainEqual(expect.objectContaining({ name: `${name}-relay` }));
    await enterValue(credential?.entry_url ?? '');
  }

  test.each(['fastmcp', 'mcp'])('Python’s %s registers, is allowed, makes an agent and a credential', async (name) => {
    const lines = await run({
      command: [python, scriptOf(`${name}_client.py`), mcpUrl(), JSON.stringify(journey(name))],
    });
    const told = lines.map((line) => JSON.parse(line) as { tools?: string[]; answer?: unknown });
    const answers = told.filter(({ answer }) => answer !== undefined).map(({ answer }) => answer);
    await expectJourney(name, told.find(({ tools }) => tools !== undefined)?.tools ?? [], answers);
  });

  test('the MCP inspector’s CLI registers, is allowed, makes an agent and a credential', async () => {
    const inspect = async (...args: string[]): Promise<Record<string, unknown>> => {
      const server = ['--cli', '--server-url', mcpUrl(), '--transport', 'http', '--format', 'json', '--quiet'];
      const callback = ['--callback-url', 'http://127.0.0.1:0/oauth/callback'];
      const lines = await run({
        command: [process.execPath, inspector, ...server, ...callback, ...args],
        // It opens the browser that is named here, and tells the address as well.
        environment: { HOME: home, MCP_AUTO_OPEN_ENABLED: 'true', BROWSER: 'true' },
      });
      return (JSON.parse(lines.join('\n')) as { result: Record<string, unknown> }).result;
    };
    const listed = await inspect('--method', 'tools/list');
    const answers: unknown[] = [];
    for (const [tool, input] of journey('inspector')) {
      const call = ['--method', 'tools/call', '--tool-name', tool, '--tool-args-json', JSON.stringify(input)];
      answers.push((await inspect(...call)).structuredContent);
    }
    const tools = (listed.tools as { name: string }[]).map(({ name }) => name);
    await expectJourney('inspector', tools, answers);
  });
});
