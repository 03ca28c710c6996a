import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Page } from 'playwright-core';
import { DIST } from '../../dashboard/build/built.ts';
import { describeNeeding } from '../servers/describe-needing.ts';
import { type DashboardApp, seedPerson, settled, signIn, startDashboard } from './dashboard-app.ts';
import { everyPage, filledIn, seedEveryPage } from './every-page.ts';

const MOST_KB = 250;
/** What every page needs is more: with less, not all was counted. */
const LEAST_KB = 150;

/** The scripts that the browser fetched, or had already, for the page that it shows. */
function scriptsOf(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const names = performance.getEntriesByType('resource').map(({ name }) => new URL(name).pathname);
    return [...new Set(names.filter((name) => name.endsWith('.js')))];
  });
}

async function gzippedKilobytes(scripts: readonly string[]): Promise<number> {
  const contents = await Promise.all(scripts.map((script) => readFile(join(DIST, 'assets', basename(script)))));
  return contents.reduce((sum, content) => sum + gzipSync(content).length, 0) / 1_024;
}

describeNeeding(['chromium'], 'the first load', () => {
  let app: DashboardApp;
  beforeAll(async () => {
    app = await startDashboard();
  }, 120_000);
  afterAll(() => app?.stop());

  test('is at most 250 KB of gzipped JavaScript, whatever page is opened', async () => {
    const admin = await seedPerson(app);
    const values = await seedEveryPage(app, admin);
    const { page } = await signIn(app, admin);
    const sizes: [address: string, kilobytes: number][] = [];
    for (const address of everyPage) {
      await page.goto(filledIn(address, values));
      await page.locator('h1').waitFor();
      await settled(page);
      sizes.push([address, await gzippedKilobytes(await scriptsOf(page))]);
    }
    console.log(sizes.map(([address, kilobytes]) => `${address}: ${kilobytes.toFixed(0)} KB`).join('\n'));
    expect(sizes.filter(([, kilobytes]) => kilobytes < LEAST_KB || kilobytes > MOST_KB)).toEqual([]);
  }, 120_000);
});
