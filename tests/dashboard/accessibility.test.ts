import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { AxeResults } from 'axe-core';
import type { Page } from 'playwright-core';
import { paths } from '../../dashboard/paths.ts';
import { commonStrings } from '../../dashboard/strings/common.ts';
import { describeNeeding } from '../servers/describe-needing.ts';
import { type DashboardApp, type SignedIn, seedPerson, settled, signIn, startDashboard } from './dashboard-app.ts';
import { everyPage, filledIn, seedEveryPage } from './every-page.ts';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

describeNeeding(['chromium'], 'every page', () => {
  let app: DashboardApp;
  let values: Record<string, string>;
  const signedIn = new Map<string, SignedIn>();

  beforeAll(async () => {
    app = await startDashboard();
    const admin = await seedPerson(app);
    values = await seedEveryPage(app, admin);
    // What fades in is not yet in its own colours.
    for (const colorScheme of ['light', 'dark'] as const) {
      signedIn.set(colorScheme, await signIn(app, admin, { colorScheme, reducedMotion: 'reduce' }));
    }
  });
  afterAll(() => app?.stop());

  /** What axe calls serious or critical, with the elements. */
  async function seriousProblems(page: Page): Promise<string[]> {
    // By way of the browser's tools: the page's own policy lets no other script in.
    await page.evaluate(axe);
    // All else that it looks at, told with its elements, took four fifths of the time.
    const violations = await page.evaluate<AxeResults['violations']>(
      "axe.run({ resultTypes: ['violations'] }).then(({ violations }) => violations)",
    );
    return violations
      .filter(({ impact }) => impact === 'serious' || impact === 'critical')
      .flatMap(({ id, nodes }) => nodes.map(({ target, failureSummary }) => `${id}: ${target} ${failureSummary}`));
  }

  const schemes = ['light', 'dark'] as const;

  test.each(everyPage.flatMap((address) => schemes.map((scheme) => [scheme, address] as const)))(
    'all of it shows, axe finds nothing serious, and the browser nothing to complain of: %s %s',
    async (scheme, address) => {
      const { page, complaints } = signedIn.get(scheme) as SignedIn;
      await page.goto(filledIn(address, values));
      await page.locator('h1').waitFor();
      await settled(page);
      expect(await page.getByText(commonStrings.failed).count()).toBe(0);
      expect(await seriousProblems(page)).toEqual([]);
      expect(complaints).toEqual([]);
    },
  );

  /** What opens above a page, by the name of its button. */
  const opened: readonly [address: string, button: RegExp | string, role?: 'menu' | 'dialog'][] = [
    [paths.overview, /^Your account/, 'menu'],
    [paths.overview, /^Organization/, 'menu'],
    [paths.overview, /^Search or jump/],
    [paths.agent, 'Delete'],
    [`${paths.agent}?tab=keys`, 'New key'],
    [`${paths.agent}?tab=keys`, 'Revoke'],
    [`${paths.agent}?tab=credentials`, 'Link a credential'],
    [paths.credentials, 'New credential'],
    [paths.credential, 'Rotate'],
    [paths.credential, 'Delete'],
    [paths.operation, 'Cancel and roll back'],
    [paths.email, 'New mail'],
    [paths.emailDrafts, 'Edit'],
    [paths.emailDrafts, 'Send'],
    [paths.emailDrafts, 'Discard'],
    [paths.alertRules, 'Delete'],
    [paths.audit, 'Verify chain'],
    [paths.connectedApp, 'Revoke all access'],
    [paths.apiTokens, 'New API token'],
    [paths.apiTokens, 'Revoke'],
    [paths.usage, /^Set budget/],
    [paths.members, 'Invite somebody'],
    [paths.channels, 'New channel'],
    [paths.channels, 'Edit'],
    [paths.channels, 'Delete'],
    [paths.mailboxes, 'Connect a mailbox'],
    [paths.mailboxes, 'Edit'],
    [paths.mailboxes, 'Disconnect'],
  ];

  test.each(opened.flatMap((each) => schemes.map((scheme) => [scheme, ...each] as const)))(
    'axe finds nothing serious in what opens: %s %s %s',
    async (scheme, address, button, role = 'dialog') => {
      const { page, complaints } = signedIn.get(scheme) as SignedIn;
      await page.goto(filledIn(address, values));
      await settled(page);
      await page.getByRole('button', { name: button, exact: true }).first().click();
      const window = page.getByRole(role);
      await window.waitFor();
      await window.getByRole('status').first().waitFor({ state: 'detached' });
      expect(await seriousProblems(page)).toEqual([]);
      expect(complaints).toEqual([]);
    },
  );
});
