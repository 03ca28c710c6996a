import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { MockActivityEnvironment } from '@temporalio/testing';
import type { AlertNotification } from '../../core/domain/alert-notification.ts';
import { endProcess, startProcess } from '../servers/child-process.ts';
import { seededRandom } from '../servers/seeded-random.ts';
import { type DeliveryHarness, startDeliveryHarness } from './delivery-harness.ts';

let harness: DeliveryHarness;
/** How often a mail was in the mailbox, and nobody knew. */
let inDoubt = 0;

beforeAll(async () => {
  harness = await startDeliveryHarness();
});
afterAll(async () => {
  await harness.stop();
});

async function seed() {
  const admin = await harness.seedAdmin();
  const hook = { name: 'hook', kind: 'webhook', url: `${harness.receiver.url}/hook` };
  const chat = { name: 'chat', kind: 'slack', url: `${harness.receiver.url}/chat` };
  const mails = { name: 'mails', kind: 'email', addresses: ['a@example.test'] };
  const channels = await Promise.all([hook, chat, mails].map((input) => harness.createChannel(admin, input)));
  return { admin, alert: await harness.seedAlert(admin), channelIds: channels.map(({ id }) => id) };
}

function deliverInProcess(alert: AlertNotification, channelIds: string[], killAt: string) {
  const { AGENTGATEWAY_DATA_DIR, DATABASE_URL_APP, DATABASE_URL_JOBS, SMTP_URL } = harness.dependencies.config;
  return startProcess(
    'tests/activities/killable-delivery-main.ts',
    {
      PATH: process.env.PATH,
      AGENTGATEWAY_DATA_DIR,
      DATABASE_URL_APP,
      DATABASE_URL_JOBS,
      SMTP_URL,
      NOTIFICATION: JSON.stringify(alert),
      CHANNEL_IDS: channelIds.join(','),
      KILL_AT: killAt,
    },
    'ready',
  );
}

/** What Temporal does after a worker's death: the activity runs again; and the schedule, when attempts count as lost. */
async function goOn(alert: AlertNotification, channelIds: string[]): Promise<void> {
  const { activities, clock } = harness;
  await new MockActivityEnvironment().run(activities.deliverAlertNotification, alert, channelIds);
  for (clock.aheadMs = 0; clock.aheadMs <= 600_000; clock.aheadMs += 150_000)
    await new MockActivityEnvironment().run(activities.deliverDue);
  clock.aheadMs = 0;
}

async function expectNoDouble({ admin, alert }: Awaited<ReturnType<typeof seed>>): Promise<void> {
  const mails = harness.smtp.mails.filter(({ raw }) => raw.includes(alert.alertId));
  const posts = harness.receiver.posts.filter(({ body }) => body.includes(alert.alertId));
  const deliveries = await harness.deliveriesOf(admin);
  const stateOf = (kind: string) => deliveries.find((delivery) => delivery.kind === kind)?.state;
  expect(deliveries).toHaveLength(3);

  const onHook = posts.filter(({ path }) => path === '/hook').map(({ headers }) => headers['webhook-id']);
  expect({ ids: new Set(onHook).size, state: stateOf('webhook') }).toEqual({ ids: 1, state: 'sent' });
  for (const [kind, count] of [
    ['email', mails.length],
    ['slack', posts.filter(({ path }) => path === '/chat').length],
  ] as const) {
    const state = stateOf(kind);
    expect(['sent', 'unknown']).toContain(state);
    expect({ kind, count }).toEqual({ kind, count: state === 'sent' ? 1 : Math.min(count, 1) });
    if (state === 'unknown' && count === 1) inDoubt += 1;
  }
}

const points = [1, 2, 3, 4, 5, 6, 7].flatMap((transaction) => [`${transaction}:before`, `${transaction}:after`]);
test.each(points)(
  'invariant 5: a worker killed at its transaction %s doubles no mail, and no post but by its ID',
  async (killAt) => {
    const seeded = await seed();
    const worker = await deliverInProcess(seeded.alert, seeded.channelIds, killAt);
    if (worker.exitCode === null && worker.signalCode === null) await once(worker, 'exit');
    expect(worker.signalCode).toBe('SIGKILL');
    await goOn(seeded.alert, seeded.channelIds);
    await expectNoDouble(seeded);
  },
);

const random = seededRandom(7);
test.each(Array.from({ length: 8 }, () => Math.floor(random() * 160)))(
  'so does one killed %i ms after it began',
  async (ms) => {
    const seeded = await seed();
    const worker = await deliverInProcess(seeded.alert, seeded.channelIds, '');
    await pause(ms);
    await endProcess(worker, 'SIGKILL');
    await goOn(seeded.alert, seeded.channelIds);
    await expectNoDouble(seeded);
  },
);

test('the kills hit what they were for: something was sent of which nothing was recorded', () => {
  expect(inDoubt).toBeGreaterThan(2);
});
