import { paths } from '../../dashboard/paths.ts';
import { settled } from '../../tests/dashboard/dashboard-app.ts';
import { atMost, report } from '../result.ts';
import { type Measured, measured } from '../statistics.ts';
import type { DashboardSetting } from './dashboard-setting.ts';

const ROUNDS = 5;
const MOST_MS = 1_500;
/** What stands for the parts of an address that vary; the demo has none of the others. */
const VALUES: Record<string, string> = { $agent: 'openai-relay', $credential: 'github-token', $rule: 'new' };

interface Paint {
  largestMs: number;
  scriptBytes: number;
}

/** Text, since only the page knows the types of what it measures. */
const READ_PAINT = `new Promise((resolve) => {
  const scripts = performance.getEntriesByType('resource').filter(({ name }) => name.endsWith('.js'));
  new PerformanceObserver((list) => resolve({
    largestMs: list.getEntries().at(-1).startTime,
    scriptBytes: scripts.reduce((sum, { encodedBodySize }) => sum + encodedBodySize, 0),
  })).observe({ type: 'largest-contentful-paint', buffered: true });
})`;

/** When each page, opened with nothing cached, has painted the largest thing on it (LCP). */
export async function firstPaint(setting: DashboardSetting): Promise<void> {
  const addresses = Object.values(paths)
    .map((path) => path.replace(/\$\w+/g, (part) => VALUES[part] ?? part))
    .filter((address) => !address.includes('$'));
  const paints = new Map<string, Paint[]>(addresses.map((address) => [address, []]));
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const [address, ofAddress] of paints) ofAddress.push(await paintOf(setting, address));
  }
  const pages: Record<string, { largest_paint_ms: Measured; script_kb: number }> = Object.fromEntries(
    [...paints].map(([address, ofAddress]) => [
      address,
      {
        largest_paint_ms: measured(ofAddress.map(({ largestMs }) => largestMs)),
        script_kb: (ofAddress[0]?.scriptBytes ?? 0) / 1_024,
      },
    ]),
  );
  const medians = Object.values(pages).map(({ largest_paint_ms: { median } }) => median);
  const highest = Object.values(pages).map(({ largest_paint_ms: { highest } }) => highest);
  report('dashboard-first-paint', { rounds: ROUNDS, pages }, [
    atMost('largest contentful paint of the slowest page, median, ms', Math.max(...medians), MOST_MS),
    atMost('the slowest of all, ms', Math.max(...highest), MOST_MS),
  ]);
}

async function paintOf({ browser, signedIn }: DashboardSetting, address: string): Promise<Paint> {
  const context = await browser.newContext(signedIn);
  try {
    const page = await context.newPage();
    await page.goto(address);
    await settled(page);
    return await page.evaluate<Paint>(READ_PAINT);
  } finally {
    await context.close();
  }
}
