import { fileURLToPath } from 'node:url';
import type { Browser, BrowserContextOptions } from 'playwright-core';
import { launchChromium } from '../../tests/servers/chromium.ts';
import { freePort } from '../../tests/servers/free-port.ts';
import { type DemoApi, demoApi } from '../../tools/demo/api.ts';
import { demoSecrets } from '../../tools/demo/secrets.ts';
import { seedDemo } from '../../tools/demo/seed.ts';
import { ensureDashboard } from '../../tools/supervisor/ensure-dashboard.ts';
import { type BenchPostgres, withBenchPostgres } from '../bench-postgres.ts';
import { MEASURED_CORE, useAllCores } from '../cores.ts';
import { ServerProcess } from '../server-process.ts';

const PROGRAM = fileURLToPath(new URL('../../tools/demo/app.ts', import.meta.url));
const ADMIN = 'admin@demo.test';
const VIEWPORT = { width: 1280, height: 860 };

/** The app with the demo's month of data, on one core, and a browser on both. */
export interface DashboardSetting extends BenchPostgres {
  api: DemoApi;
  browser: Browser;
  /** For a context in which the demo's admin is signed in, and nothing is cached. */
  signedIn: BrowserContextOptions;
}

export function withDashboardSetting(work: (setting: DashboardSetting) => Promise<void>): Promise<void> {
  useAllCores();
  return withBenchPostgres(async ({ folder, urls }) => {
    await ensureDashboard({ say: console.log, signal: new AbortController().signal });
    const secrets = await demoSecrets(folder);
    const port = await freePort();
    const url = `http://localhost:${port}`;
    const app = await ServerProcess.start({
      core: MEASURED_CORE,
      port,
      command: [process.execPath, PROGRAM],
      environment: {
        PATH: process.env.PATH,
        NODE_ENV: 'production',
        AGENTGATEWAY_DATA_DIR: folder,
        AGENTGATEWAY_PUBLIC_URL: url,
        AGENTGATEWAY_ADMIN_EMAIL: ADMIN,
        AGENTGATEWAY_ADMIN_PASSWORD: secrets.admin_password,
        AGENTGATEWAY_ORG: 'Acme Demo',
        AGENTGATEWAY_API_TOKEN: secrets.api_token,
        DATABASE_URL_APP: urls.app,
        // Nobody listens there: what is measured starts no workflow.
        TEMPORAL_ADDRESS: '127.0.0.1:1',
        PORT: String(port),
        LOG_LEVEL: 'warn',
      },
    });
    const browser = await launchChromium();
    try {
      await seedDemo({ appUrl: url, dataDir: folder, databaseUrls: urls, secrets, hasMail: false });
      const signedIn = {
        baseURL: url,
        viewport: VIEWPORT,
        storageState: await signIn(browser, url, secrets.admin_password),
      };
      await work({ folder, urls, api: demoApi(url, secrets.api_token), browser, signedIn });
    } finally {
      await browser.close();
      await app.stop();
    }
  });
}

async function signIn(browser: Browser, url: string, password: string) {
  const page = await browser.newPage({ baseURL: url });
  await page.goto('/sign-in');
  await page.locator('[name=email]').fill(ADMIN);
  await page.locator('[name=password]').fill(password);
  await page.locator('button[type=submit]').click();
  await page.locator('main h1').waitFor();
  const state = await page.context().storageState();
  await page.close();
  return state;
}
