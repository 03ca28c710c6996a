import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core';
import { createApp } from '../../api/app.ts';
import { createEventsRouter } from '../../api/events/router.ts';
import type { Dependencies } from '../../core/dependencies.ts';
import type { Caller } from '../../core/domain/caller.ts';
import type { Role } from '../../core/domain/roles.ts';
import { operations } from '../../core/operations/index.ts';
import { createMcpRouter } from '../../mcp/router.ts';
import { ensureDashboard } from '../../tools/supervisor/ensure-dashboard.ts';
import { launchChromium } from '../servers/chromium.ts';
import { type TestDependencies, testDependencies } from '../servers/dependencies.ts';
import { givePassword, seedCaller } from '../servers/seed.ts';
import type { RunningWorkflows } from './run-workflows.ts';

export const PASSWORD = 'a quiet walk by the canal';

export type Member = Caller & { kind: 'session' };

export interface DashboardApp {
  url: string;
  dependencies: Dependencies;
  testDatabase: TestDependencies['testDatabase'];
  browser: Browser;
  /** Ends every connection and takes none, until it comes back. */
  goAway(): Promise<void>;
  comeBack(): Promise<void>;
  stop(): Promise<void>;
}

interface DashboardWishes {
  /** Settings that differ from their defaults. */
  environment?: NodeJS.ProcessEnv;
  /** Runs workflows; without it they are only recorded. */
  runWorkflows?: (made: TestDependencies) => Promise<RunningWorkflows>;
}

/** The whole app over HTTP on loopback, on a database of its own, with the dashboard as it is built, and a real browser. */
export async function startDashboard({ environment, runWorkflows }: DashboardWishes = {}): Promise<DashboardApp> {
  await ensureDashboard({ say: () => {}, signal: new AbortController().signal });
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const url = `http://localhost:${port}`;
  const made = await testDependencies({ environment: { AGENTGATEWAY_PUBLIC_URL: url, ...environment } });
  const running = await runWorkflows?.(made);
  const { dependencies } = running ?? made;
  const events = createEventsRouter(dependencies, { checkEveryMs: 200 });
  server.on('request', await createApp(dependencies, createMcpRouter(dependencies, operations), events));
  const browser = await launchChromium();
  const goAway = async (): Promise<void> => {
    server.close();
    server.closeAllConnections();
    await once(server, 'close');
  };
  return {
    url,
    dependencies,
    testDatabase: made.testDatabase,
    browser,
    goAway,
    async comeBack() {
      server.listen(port, '127.0.0.1');
      await once(server, 'listening');
    },
    async stop() {
      await browser.close();
      await goAway();
      await events.close();
      await running?.stop();
      await made.stop();
    },
  };
}

/** A member of a new organization who can sign in. */
export async function seedPerson({ dependencies }: DashboardApp, role: Role = 'admin'): Promise<Member> {
  const caller = await seedCaller(dependencies.database, role);
  await givePassword(dependencies.database, caller.person.id, PASSWORD);
  return caller;
}

export interface SignedIn {
  context: BrowserContext;
  page: Page;
  /** What the browser found wrong: scripts' errors, and what the page's policy refused. */
  complaints: string[];
}

/** Fills in the sign-in form that the page shows. */
export async function fillSignIn(page: Page, email: string): Promise<void> {
  await page.locator('[name=email]').fill(email);
  await page.locator('[name=password]').fill(PASSWORD);
  await page.locator('button[type=submit]').click();
}

/** A browser of one person's own, signed in, at the overview. */
export async function signIn(
  app: DashboardApp,
  { person }: Member,
  look: Pick<BrowserContextOptions, 'colorScheme' | 'reducedMotion'> = {},
): Promise<SignedIn> {
  const context = await app.browser.newContext({ baseURL: app.url, viewport: { width: 1280, height: 860 }, ...look });
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('console', (message) => {
    if (/Content Security Policy|Refused to/i.test(message.text())) complaints.push(message.text());
  });
  await page.goto('/');
  await fillSignIn(page, person.email);
  await page.getByRole('heading', { name: 'Overview' }).waitFor();
  return { context, page, complaints };
}

/** Waits until nothing on the page is being fetched any more. */
export async function settled(page: Page): Promise<void> {
  await page.locator('main[aria-busy=false] h1').waitFor();
  await page.locator('main [role=status][aria-label]').first().waitFor({ state: 'detached' });
}
