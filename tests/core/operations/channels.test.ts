import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import type { Caller } from '../../../core/domain/caller.ts';
import { createAddressGuard } from '../../../core/outbound/address-guard.ts';
import { checkUpstream } from '../../../core/outbound/check-upstream.ts';
import { openTarget } from '../../../core/services/channel-target.ts';
import { findChannels } from '../../../core/services/channels.ts';
import { type TestDependencies, testDependencies } from '../../servers/dependencies.ts';
import { addMember, seedCaller } from '../../servers/seed.ts';
import { type Answer, call, throughApp } from './call.ts';

const SLACK_URL = 'https://hooks.slack.test/services/T000/B000/abcdefghijklmnop4f2a';

let stack: TestDependencies;
let admin: Caller;

beforeAll(async () => {
  const guard = createAddressGuard([]);
  const resolve = async () => [{ address: '8.8.8.8', family: 4 }];
  stack = await testDependencies({ checkUpstream: (url) => checkUpstream(url, guard, resolve) });
});
afterAll(() => stack.stop());
beforeEach(async () => {
  admin = await seedCaller(stack.dependencies.database);
});

const ask = (name: string, input: object = {}, caller = admin): Promise<Answer> =>
  call(stack.dependencies, caller, name, input);
const inOrganization = <T>(work: Parameters<typeof stack.dependencies.database.inOrganization<T>>[1]) =>
  stack.dependencies.database.inOrganization(admin.organizationId, work);
const storedChannel = (name: string) =>
  inOrganization((transaction) => transaction.channel.findFirstOrThrow({ where: { name } }));

test('invariant 1: a signing value is answered once, a Slack address never; both are stored sealed', async () => {
  const once = { name: 'pager', kind: 'webhook', url: 'hooks.test/in?team=1', idempotency_key: 'k' };
  const made = await ask('create_channel', once);
  expect(made.signing_value).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
  expect(made.channel).toMatchObject({
    url: 'https://hooks.test/in?team=1',
    fingerprint: `whsec…${made.signing_value.slice(-4)}`,
  });
  expect(await ask('create_channel', once)).toMatchObject({ signing_value: null, already_shown: true });
  const chat = await ask('create_channel', { name: 'chat', kind: 'slack', url: SLACK_URL });
  expect(chat).toMatchObject({ signing_value: null, channel: { url: null, fingerprint: 'hooks.slack.test…4f2a' } });
  const listed = JSON.stringify(await ask('list_channels'));
  const stored = [await storedChannel('pager'), await storedChannel('chat')];
  const events = await inOrganization((transaction) => transaction.auditEvent.findMany());
  for (const text of [
    listed,
    JSON.stringify([stored, events], (_, value) => (typeof value === 'bigint' ? 0 : value)),
  ]) {
    expect(text).not.toContain('abcdefghijklmnop');
    expect(text).not.toContain(made.signing_value.slice(6));
  }
  const opened = await Promise.all(stored.map((channel) => openTarget(stack.dependencies.vault, channel)));
  expect(opened).toEqual([made.signing_value, SLACK_URL]);
});

test('a new signing value takes the old one’s place; who started from an older version is told', async () => {
  const made = await ask('create_channel', { name: 'pager', kind: 'webhook', url: 'https://hooks.test' });
  const renewed = await ask('update_channel', { channel: 'pager', new_signing_value: true, expected_version: 1 });
  expect(renewed.signing_value).not.toBe(made.signing_value);
  expect(await openTarget(stack.dependencies.vault, await storedChannel('pager'))).toBe(renewed.signing_value);
  const late = ask('update_channel', { channel: 'pager', url: 'https://other.test', expected_version: 1 });
  await expect(late).rejects.toMatchObject({ code: 'version_mismatch' });
  const moved = await ask('update_channel', { channel: 'pager', name: 'pager-2', url: 'https://other.test/' });
  expect(moved).toMatchObject({ signing_value: null, channel: { name: 'pager-2', url: 'https://other.test/' } });
});

const email = { name: 'mails', kind: 'email' };
const hook = { name: 'hook', kind: 'webhook' };
test.each<[string, object, string, RegExp]>([
  ['an unknown kind', { name: 'fax', kind: 'fax' }, 'invalid_request', /kind: .*"email"\|"webhook"\|"slack"/],
  ['no addresses', email, 'invalid_request', /addresses: a channel of kind email needs it/],
  ['an empty list', { ...email, addresses: [] }, 'invalid_request', /name at least one address/],
  [
    '500 addresses',
    { ...email, addresses: Array.from({ length: 500 }, (_, index) => `a${index}@example.test`) },
    'invalid_request',
    /at most 20 addresses; use a mailing list/,
  ],
  [
    'a line break in an address',
    { ...email, addresses: ['a@b.test\r\nBcc: c@d.test'] },
    'invalid_request',
    /addresses/,
  ],
  ['an address in brackets', { ...email, addresses: ['A <a@b.test>'] }, 'invalid_request', /addresses/],
  ['two addresses in one', { ...email, addresses: ['a@b.test,c@d.test'] }, 'invalid_request', /addresses/],
  ['a URL for e-mail', { ...email, url: 'https://a.test' }, 'invalid_request', /url: an e-mail channel has none/],
  [
    'addresses for a webhook',
    { ...hook, addresses: ['a@b.test'] },
    'invalid_request',
    /addresses: a webhook channel has none/,
  ],
  ['no URL', hook, 'invalid_request', /url: a channel of kind webhook needs it/],
  ['another scheme', { ...hook, url: 'ftp://hooks.test' }, 'invalid_request', /begins with https/],
  ['credentials in the URL', { ...hook, url: 'https://me:pw@hooks.test' }, 'invalid_request', /user name and password/],
  ['a fragment', { ...hook, url: 'https://hooks.test/?a=1#b' }, 'invalid_request', /fragment/],
  [
    'a line break in the query',
    { ...hook, url: 'https://hooks.test/?a=1\r\nx: y' },
    'invalid_request',
    /percent-encoded/,
  ],
  ['a URL without end', { ...hook, url: `https://hooks.test/${'x'.repeat(2_040)}` }, 'invalid_request', /url/],
  [
    'a private address',
    { ...hook, url: 'http://10.0.0.8/hook' },
    'upstream_forbidden',
    /10\.0\.0\.8:80" to AGENTGATEWAY_ALLOWED_PRIVATE_UPSTREAMS/,
  ],
  [
    'a private address behind Slack',
    { ...hook, kind: 'slack', url: 'http://127.0.0.1' },
    'upstream_forbidden',
    /loopback/,
  ],
])('%s is refused with what would be right', async (_, input, code, message) => {
  const refused = ask('create_channel', input);
  await expect(refused).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
  expect(await ask('list_channels')).toMatchObject({ items: [] });
});

test('a channel that cannot mail, or is called unencrypted, is made with a warning', async () => {
  const mails = await ask('create_channel', { ...email, addresses: ['A@B.test', 'a@b.test'] });
  expect(mails).toMatchObject({
    channel: { addresses: ['a@b.test'] },
    warnings: [expect.stringContaining('SMTP_URL')],
  });
  const plain = await ask('create_channel', { ...hook, url: 'http://hooks.test' });
  expect(plain.warnings).toEqual([expect.stringContaining('not encrypted')]);
});

test('invariant 8: a deleted channel comes back with where it leads, under a new name where the old one is taken', async () => {
  const url = 'https://hooks.test/';
  await ask('create_channel', { ...hook, url });
  expect(await ask('delete_channel', { channel: 'hook', dry_run: true })).toMatchObject({ dry_run: true });
  await ask('delete_channel', { channel: 'hook' });
  expect(await ask('list_channels', { deleted: true })).toMatchObject({ items: [{ name: 'hook' }] });
  await ask('create_channel', { ...hook, url: 'https://newer.test' });
  await expect(ask('restore_channel', { channel: 'hook' })).rejects.toMatchObject({ code: 'conflict' });
  const restored = await ask('restore_channel', { channel: 'hook', new_name: 'older' });
  expect(restored.channel).toMatchObject({ name: 'older', url, deleted_at: null });
});

test('an app may name channels and is told the right names, and can neither make nor see one', async () => {
  await ask('create_channel', { ...hook, url: 'https://hooks.test' });
  const app = throughApp(admin, ['alerts:write', 'alerts:read']);
  for (const name of ['create_channel', 'update_channel', 'list_channels', 'test_channel', 'list_deliveries']) {
    await expect(ask(name, { name: 'x', kind: 'webhook', channel: 'hook' }, app)).rejects.toThrow('nothing for an app');
  }
  const manager = await addMember(stack.dependencies.database, admin, 'manager');
  await expect(ask('list_channels', {}, manager)).rejects.toThrow('needs role admin');
  const { id } = await storedChannel('hook');
  expect(await inOrganization((transaction) => findChannels(transaction, ['hook', id]))).toEqual([
    { id, name: 'hook' },
  ]);
  const wrong = inOrganization((transaction) => findChannels(transaction, ['hook', 'pager']));
  await expect(wrong).rejects.toThrow('there is no channel "pager". There are: hook');
});

test('a test is planned, told to the workers, and not given without end', async () => {
  await ask('create_channel', { ...hook, url: 'https://hooks.test' });
  const before = stack.workflows.toldDeliveriesDue();
  const { delivery } = await ask('test_channel', { channel: 'hook' });
  expect(delivery).toMatchObject({
    channel: 'hook',
    type: 'channel.test',
    state: 'pending',
    attempts: 0,
    alert_id: null,
  });
  expect(stack.workflows.toldDeliveriesDue()).toBe(before + 1);
  await expect(ask('repeat_delivery', { delivery: delivery.id })).rejects.toThrow('nothing to repeat');
  for (let count = 1; count < 10; count += 1) await ask('test_channel', { channel: 'hook' });
  await expect(ask('test_channel', { channel: 'hook' })).rejects.toMatchObject({ code: 'rate_limited' });
  expect((await ask('list_deliveries', { channel: 'hook', limit: 4 })).items).toHaveLength(4);
});

test('what failed is not repeated without end', async () => {
  await ask('create_channel', { ...hook, url: 'https://hooks.test' });
  const { delivery } = await ask('test_channel', { channel: 'hook' });
  const repeat = async () => {
    await inOrganization((transaction) =>
      transaction.delivery.updateMany({ data: { state: 'failed', nextAttemptAt: null } }),
    );
    return ask('repeat_delivery', { delivery: delivery.id });
  };
  for (let count = 0; count < 50; count += 1) await repeat();
  await expect(repeat()).rejects.toMatchObject({ code: 'rate_limited' });
});

test('an organization has at most 50 channels', async () => {
  const { organizationId } = admin;
  const names = Array.from({ length: 50 }, (_, index) => `c${index}`);
  const rows = names.map((name) => ({ organizationId, name, kind: 'email', addresses: ['a@b.test'] }));
  await inOrganization((transaction) => transaction.channel.createMany({ data: rows }));
  await expect(ask('create_channel', { ...email, addresses: ['a@b.test'] })).rejects.toThrow('at most 50 channels');
});
