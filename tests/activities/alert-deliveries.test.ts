import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { MockActivityEnvironment } from '@temporalio/testing';
import type { AlertNotification } from '../../core/domain/alert-notification.ts';
import type { Caller } from '../../core/domain/caller.ts';
import { call } from '../core/operations/call.ts';
import type { SmtpFault } from '../servers/smtp-server.ts';
import { answers, type Behaviour, neverEnds, resets, saysNothing } from '../servers/webhook-receiver.ts';
import { type DeliveryHarness, startDeliveryHarness } from './delivery-harness.ts';

let harness: DeliveryHarness;
let admin: Caller;
let alert: AlertNotification;

beforeAll(async () => {
  harness = await startDeliveryHarness();
});
afterAll(() => harness.stop());
beforeEach(async () => {
  await harness.giveUpPending();
  harness.clock.aheadMs = 0;
  for (const list of [harness.smtp.mails, harness.smtp.faults, harness.receiver.posts, harness.receiver.behave])
    list.length = 0;
  admin = await harness.seedAdmin();
  alert = await harness.seedAlert(admin);
});

const deliver = (notification: AlertNotification, channelIds: string[] | null = null) =>
  new MockActivityEnvironment().run(harness.activities.deliverAlertNotification, notification, channelIds);
/** The next run of the schedule, so much later. */
const afterwards = (minutes: number) => {
  harness.clock.aheadMs += minutes * 60_000;
  return new MockActivityEnvironment().run(harness.activities.deliverDue);
};
const onlyDelivery = async () => {
  const [delivery, ...others] = await harness.deliveriesOf(admin);
  expect(others).toEqual([]);
  return delivery;
};
const mailChannel = (addresses: string[]) => harness.createChannel(admin, { name: 'mails', kind: 'email', addresses });
const hook = (path = '/hook') =>
  harness.createChannel(admin, { name: `hook${path.length}`, kind: 'webhook', url: `${harness.receiver.url}${path}` });
const chat = () => harness.createChannel(admin, { name: 'chat', kind: 'slack', url: `${harness.receiver.url}/chat` });

test('one delivery a change and channel, however often and however many at once it is asked for', async () => {
  const channels = [(await mailChannel(['a@example.test'])).id, (await hook()).id, (await chat()).id];
  await Promise.all(Array.from({ length: 5 }, () => deliver(alert, channels)));
  await deliver(alert, channels.toReversed());
  await afterwards(60);
  expect(harness.smtp.mails).toHaveLength(1);
  expect(harness.receiver.posts.map(({ path }) => path).sort()).toEqual(['/chat', '/hook']);
  const deliveries = await harness.deliveriesOf(admin);
  expect(deliveries.map(({ state, attempts }) => [state, attempts])).toEqual(Array(3).fill(['sent', 1]));
  await deliver({ ...alert, change: 'resolved', sequence: 2 }, channels);
  expect(harness.smtp.mails).toHaveLength(2);
});

test('without channels the admins get one mail together; channels that are all deleted count as none', async () => {
  const { id } = await hook();
  await call(harness.dependencies, admin, 'delete_channel', { channel: id });
  await deliver(alert, [id]);
  expect(harness.smtp.mails).toMatchObject([{ to: [admin.person.email] }]);
  expect(await onlyDelivery()).toMatchObject({ state: 'sent', channelId: null, kind: 'email' });
  expect(harness.receiver.posts).toEqual([]);
});

describe('invariant 5: a mail is not sent twice', () => {
  test.each<[string, SmtpFault, string]>([
    ['greets with 421', { at: 'connection', reply: 421 }, 'pending'],
    ['greylists the address', { at: 'rcpt', reply: 451 }, 'pending'],
    ['hangs up before DATA', { at: 'rcpt', drops: true }, 'pending'],
    ['hangs up at DATA', { at: 'data', drops: true }, 'pending'],
    ['takes the mail’s end with 452', { at: 'dot', reply: 452 }, 'pending'],
    ['knows no such address', { at: 'rcpt', reply: 550 }, 'failed'],
    ['takes the mail’s end with 554', { at: 'dot', reply: 554 }, 'failed'],
    ['takes the mail’s end with 421', { at: 'dot', reply: 421 }, 'pending'],
    ['hangs up amid the mail', { at: 'middle', drops: true }, 'unknown'],
    ['hangs up after the mail’s end', { at: 'dot', drops: true }, 'unknown'],
  ])('by a server that %s', async (_, fault, state) => {
    harness.smtp.faults.push(fault);
    await deliver(alert);
    expect(await onlyDelivery()).toMatchObject({ state, attempts: 1 });
    expect((await onlyDelivery())?.lastError).toMatch(/^(The mail server|The connection to the mail server)/);
    await deliver(alert);
    for (const minutes of [2, 60, 600]) await afterwards(minutes);
    const accepted = harness.smtp.mails.filter((mail) => mail.accepted);
    const wantedMails = state === 'pending' || (state === 'unknown' && 'drops' in fault && fault.at === 'dot') ? 1 : 0;
    expect(accepted).toHaveLength(wantedMails);
    expect(await onlyDelivery()).toMatchObject({ state: state === 'pending' ? 'sent' : state });
  });

  test('of several addresses only those that were deferred are asked for again', async () => {
    const { id } = await mailChannel(['a@example.test', 'later@example.test', 'b@example.test']);
    harness.smtp.faults.push({ at: 'rcpt', reply: 450, of: 'later@example.test' });
    await deliver(alert, [id]);
    expect(await onlyDelivery()).toMatchObject({ state: 'pending', addresses: ['later@example.test'] });
    await afterwards(2);
    expect(harness.smtp.mails.map(({ to }) => to)).toEqual([
      ['a@example.test', 'b@example.test'],
      ['later@example.test'],
    ]);
    expect(await onlyDelivery()).toMatchObject({ state: 'sent', attempts: 2 });
  });

  describe('an organization’s channels mail so much in an hour', () => {
    let channelId: string;
    beforeEach(async () => {
      channelId = (await mailChannel(['stranger@example.test'])).id;
    });
    const mails = (count: number, columns: object) =>
      harness.dependencies.database.inOrganization(admin.organizationId, (transaction) =>
        transaction.delivery.createMany({
          data: Array.from({ length: count }, () => ({
            ...{ organizationId: admin.organizationId, channelId, kind: 'email', message: {} },
            ...columns,
          })),
        }),
      );
    const sentAgo = (minutes: number) =>
      mails(100, {
        ...{ state: 'sent', nextAttemptAt: null },
        sentAt: new Date(Date.now() + harness.clock.aheadMs - minutes * 60_000),
      });
    const ofAlert = async () => (await harness.deliveriesOf(admin)).filter(({ alertId }) => alertId !== null);
    const waiting = { state: 'pending', attempts: 0, lastError: expect.stringContaining('100 times an hour') };

    test('and its admins are told all the same; what is beyond follows once there is room', async () => {
      await sentAgo(30);
      await deliver(alert, [channelId]);
      expect(await ofAlert()).toMatchObject([waiting]);
      expect(harness.smtp.mails).toEqual([]);
      await deliver({ ...alert, change: 'resolved', sequence: 2 });
      expect(harness.smtp.mails).toMatchObject([{ to: [admin.person.email] }]);
      await afterwards(31);
      expect(await ofAlert()).toMatchObject([{ state: 'sent', attempts: 1 }, { state: 'sent' }]);
    });

    test('waiting for room is no attempt, and ends after a day', async () => {
      await sentAgo(1);
      await deliver(alert, [channelId]);
      for (let hour = 0; hour < 12; hour += 1) {
        await sentAgo(-59);
        await afterwards(60);
      }
      expect(await ofAlert()).toMatchObject([waiting]);
      const later = new Date(Date.now() + harness.clock.aheadMs + 36_000_000);
      await mails(1_300, { state: 'pending', nextAttemptAt: later });
      await sentAgo(-59);
      await afterwards(60);
      const reason = expect.stringMatching(/100 times an hour, .* within 24 hours/);
      expect(await ofAlert()).toMatchObject([{ state: 'failed', attempts: 0, lastError: reason }]);
      expect(harness.smtp.mails).toEqual([]);
    });
  });

  test('a person repeats one in doubt, and not while it may be under way', async () => {
    harness.smtp.faults.push({ at: 'dot', drops: true });
    await deliver(alert);
    const { id: delivery } = (await onlyDelivery()) ?? { id: '' };
    const repeat = () => call(harness.dependencies, admin, 'repeat_delivery', { delivery });
    await expect(repeat()).rejects.toThrow('may be under way still');
    await harness.dependencies.database.inOrganization(admin.organizationId, (transaction) =>
      transaction.delivery.update({ where: { id: delivery }, data: { updatedAt: new Date(Date.now() - 121_000) } }),
    );
    await repeat();
    await afterwards(0);
    expect(await onlyDelivery()).toMatchObject({ state: 'sent', attempts: 2, lastError: null });
  });
});

describe('a webhook is repeated with the same ID until its receiver takes it', () => {
  test.each<[string, Behaviour[], RegExp]>([
    ['answers 500 and 404', [answers(500), answers(404)], /answered 404/],
    ['resets the connection', [resets, resets], /no answer \((ECONNRESET|UND_ERR_SOCKET)\)/],
    ['does not know the signature', [answers(401), answers(401)], /answered 401/],
  ])('one that %s', async (_, faults, reason) => {
    const { id } = await hook();
    harness.receiver.behave.push(...faults);
    await deliver(alert, [id]);
    await afterwards(2);
    expect((await onlyDelivery())?.lastError).toMatch(reason);
    await afterwards(6);
    expect(await onlyDelivery()).toMatchObject({ state: 'sent', attempts: 3, lastError: null });
    const ids = harness.receiver.posts.map(({ headers }) => [headers['webhook-id'], headers['idempotency-key']]);
    expect(ids).toEqual(Array(3).fill([(await onlyDelivery())?.id, (await onlyDelivery())?.id]));
    expect(new Set(harness.receiver.posts.map(({ body }) => body)).size).toBe(1);
  });

  test('one that says nothing, and one whose answer has no end, hold nobody up for longer than 10 s', async () => {
    const [slow, endless, steady] = [await hook('/a'), await hook('/bb'), await hook('/ccc')];
    harness.receiver.behave.push(saysNothing, neverEnds);
    const began = Date.now();
    await deliver(alert, [slow.id]);
    await deliver({ ...alert, sequence: 2 }, [endless.id]);
    expect(Date.now() - began).toBeLessThan(12_000);
    await deliver({ ...alert, sequence: 3 }, [steady.id]);
    const states = (await harness.deliveriesOf(admin)).map(({ state }) => state);
    expect(states).toEqual(['pending', 'sent', 'sent']);
  });

  test.each<[string, Behaviour, RegExp]>([
    ['redirects', answers(307, { location: 'http://169.254.169.254/' }), /307.*name the final URL/],
    ['is gone', answers(410), /410.*gone for good/],
  ])('one that %s is not asked again, and led nowhere', async (_, behaviour, reason) => {
    const { id } = await hook();
    harness.receiver.behave.push(behaviour);
    await deliver(alert, [id]);
    await afterwards(600);
    expect(await onlyDelivery()).toMatchObject({ state: 'failed', lastError: expect.stringMatching(reason) });
    expect(harness.receiver.posts).toHaveLength(1);
  });

  test('Retry-After is heeded, up to an hour, and after seven attempts it is given up', async () => {
    const { id } = await hook();
    harness.receiver.behave.push(answers(429, { 'retry-after': '1800' }), ...Array(6).fill(answers(503)));
    await deliver(alert, [id]);
    await afterwards(29);
    expect(harness.receiver.posts).toHaveLength(1);
    for (let hour = 0; hour < 30; hour += 1) await afterwards(60);
    expect(await onlyDelivery()).toMatchObject({ state: 'failed', attempts: 7 });
    expect(harness.receiver.posts).toHaveLength(7);
  });

  test('an earlier change is told before a later one', async () => {
    const { id } = await hook();
    harness.receiver.behave.push(answers(503));
    await deliver(alert, [id]);
    await deliver({ ...alert, change: 'resolved', sequence: 2 }, [id]);
    expect(harness.receiver.posts).toHaveLength(1);
    await afterwards(2);
    await afterwards(0);
    const told = harness.receiver.posts.map(({ body }) => (JSON.parse(body) as { type: string }).type);
    expect(told).toEqual(['alert.firing', 'alert.firing', 'alert.resolved']);
  });
});

test.each<[string, Behaviour, string]>([
  ['answers 429', answers(429), 'sent'],
  ['resets the connection', resets, 'unknown'],
  ['answers 500', answers(500), 'unknown'],
  ['answers 404', answers(404), 'failed'],
])('a chat, which knows no repetition, gets a post once: one that %s', async (_, behaviour, state) => {
  const { id } = await chat();
  harness.receiver.behave.push(behaviour);
  await deliver(alert, [id]);
  for (const minutes of [2, 60]) await afterwards(minutes);
  expect(await onlyDelivery()).toMatchObject({ state });
  expect(harness.receiver.posts).toHaveLength(state === 'sent' ? 2 : 1);
  expect((await onlyDelivery())?.lastError ?? '').not.toContain('/chat');
});

test('a channel that is deleted meanwhile gets nothing more; one that moved gets it where it leads by then', async () => {
  const { id } = await hook('/old');
  harness.receiver.behave.push(answers(503));
  await deliver(alert, [id]);
  await call(harness.dependencies, admin, 'update_channel', { channel: id, url: `${harness.receiver.url}/new` });
  await afterwards(2);
  expect(harness.receiver.posts.map(({ path }) => path)).toEqual(['/old', '/new']);
  harness.receiver.behave.push(answers(503));
  await deliver({ ...alert, sequence: 2 }, [id]);
  await call(harness.dependencies, admin, 'delete_channel', { channel: id });
  await afterwards(2);
  expect((await harness.deliveriesOf(admin))[1]).toMatchObject({
    state: 'failed',
    lastError: 'The channel is deleted.',
  });
});

test('slow receivers of one organization keep no other’s waiting, and what was sent is not looked at again', async () => {
  const { id } = await hook();
  for (let sequence = 1; sequence <= 30; sequence += 1) {
    harness.receiver.behave.push(answers(503));
    await deliver({ ...alert, alertId: (await harness.seedAlert(admin)).alertId, sequence }, [id]);
  }
  const other = await harness.seedAdmin();
  harness.smtp.faults.push({ at: 'connection', reply: 421 });
  await deliver(await harness.seedAlert(other));
  harness.receiver.posts.length = 0;
  await afterwards(2);
  expect(await harness.deliveriesOf(other)).toMatchObject([{ state: 'sent' }]);
  expect(harness.receiver.posts).toHaveLength(10);
});

test('invariant 8: a channel is purged after its seven days, and keeps its name for its deliveries', async () => {
  const { id } = await hook();
  await deliver(alert, [id]);
  await call(harness.dependencies, admin, 'delete_channel', { channel: id });
  const purge = () => new MockActivityEnvironment().run(harness.activities.purgeDeletedChannels);
  const channel = () =>
    harness.dependencies.database.inOrganization(admin.organizationId, (transaction) =>
      transaction.channel.findUniqueOrThrow({ where: { id } }),
    );
  await purge();
  expect((await channel()).sealed).not.toBeNull();
  await harness.dependencies.database.inOrganization(admin.organizationId, (transaction) =>
    transaction.channel.update({ where: { id }, data: { restorableUntil: new Date(Date.now() - 11_000) } }),
  );
  await purge();
  expect(await channel()).toMatchObject({ sealed: null, url: null, purgedAt: expect.any(Date) });
  expect(await call(harness.dependencies, admin, 'list_deliveries')).toMatchObject({ items: [{ channel: 'hook5' }] });
});
