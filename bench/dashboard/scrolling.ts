import type { Page } from 'playwright-core';
import { openDatabase } from '../../core/store/database.ts';
import { paths } from '../../dashboard/paths.ts';
import { settled } from '../../tests/dashboard/dashboard-app.ts';
import { atMost, report } from '../result.ts';
import type { DashboardSetting } from './dashboard-setting.ts';

const AGENTS = 10_000;
const FRAMES = 600;
/** About three rows a frame: as fast as one flicks. */
const PIXELS_A_FRAME = 150;
/** Of 60 a second; one that takes longer than one and a half was dropped. */
const FRAME_MS = 1_000 / 60;
const FETCHED_MS = 120_000;

interface Scrolled {
  intervals: number[];
  mostRows: number;
  /** Frames in which no row stood in the middle of the window. */
  blank: number;
}

/** Text, since only the page knows the types of what it measures. */
const scroll = (pixels: number, frames: number): string => `(async () => {
  const nextFrame = () => new Promise((resolve) => requestAnimationFrame(resolve));
  const [intervals, middle] = [[], document.querySelector('main').getBoundingClientRect()];
  let [mostRows, blank, before] = [0, 0, await nextFrame()];
  for (let frame = 0; frame < ${frames}; frame += 1) {
    scrollBy(0, ${pixels});
    const now = await nextFrame();
    intervals.push(now - before);
    before = now;
    mostRows = Math.max(mostRows, document.querySelectorAll('[role=row]').length);
    const found = document.elementFromPoint(middle.left + middle.width / 2, innerHeight / 2);
    if (found?.closest('[role=row]') == null) blank += 1;
  }
  return { intervals, mostRows, blank };
})()`;

/** How smoothly the list of 10,000 agents scrolls: while it is being fetched, and once all of it is there. */
export async function scrolling(setting: DashboardSetting): Promise<void> {
  await addAgents(setting);
  const context = await setting.browser.newContext(setting.signedIn);
  const page = await context.newPage();
  await page.goto(paths.agents);
  await settled(page);
  const fetching = figures(await page.evaluate<Scrolled>(scroll(PIXELS_A_FRAME, FRAMES)));
  await fetchAll(page);
  await page.evaluate('scrollTo(0, 0)');
  const whole = figures(await page.evaluate<Scrolled>(scroll(PIXELS_A_FRAME, FRAMES)));
  report('dashboard-scrolling', { agents: AGENTS, frames: FRAMES, pixels_a_frame: PIXELS_A_FRAME, fetching, whole }, [
    atMost('dropped frames, part', whole.dropped, 0.05),
    atMost('dropped frames while rows are fetched, part', fetching.dropped, 0.05),
    atMost('frame at p95, ms', whole.p95_ms, 2 * FRAME_MS),
    atMost('rows in the page', Math.max(whole.most_rows, fetching.most_rows), 80),
    atMost('blank frames', whole.blank, 0),
  ]);
}

function figures({ intervals, mostRows, blank }: Scrolled) {
  const sorted = intervals.toSorted((one, other) => one - other);
  const at = (share: number) => sorted[Math.floor(share * (sorted.length - 1))] ?? Number.NaN;
  const dropped = intervals.reduce((sum, interval) => sum + Math.max(0, Math.round(interval / FRAME_MS) - 1), 0);
  return {
    dropped: dropped / (intervals.length + dropped),
    p50_ms: at(0.5),
    p95_ms: at(0.95),
    p99_ms: at(0.99),
    longest_ms: at(1),
    most_rows: mostRows,
    blank,
  };
}

/** Scrolls to the end, again and again, until there is no more to fetch. */
async function fetchAll(page: Page): Promise<void> {
  const deadline = performance.now() + FETCHED_MS;
  const fetched =
    "scrollTo(0, document.body.scrollHeight), Number(document.querySelector('[role=table]').ariaRowCount)";
  while ((await page.evaluate<number>(fetched)) <= AGENTS) {
    if (performance.now() > deadline) throw new Error('The list does not come to its end.');
    await page.waitForTimeout(50);
  }
}

async function addAgents({ api, urls }: DashboardSetting): Promise<void> {
  const { organization } = await api<{ organization: { id: string } }>('GET', '/me');
  const database = openDatabase(urls.app, { connections: 1 });
  try {
    await database.inOrganization(organization.id, (transaction) =>
      transaction.agent.createMany({
        data: Array.from({ length: AGENTS }, (_, index) => ({
          organizationId: organization.id,
          name: `agent-${String(index).padStart(5, '0')}`,
          labels: ['bench'],
          upstreamUrl: 'https://api.example.com/v1',
          rateLimitRpm: 300,
        })),
      }),
    );
  } finally {
    await database.close();
  }
}
