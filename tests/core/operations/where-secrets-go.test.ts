import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Caller } from '../../../core/domain/caller.ts';
import { type TestDependencies, testDependencies } from '../../servers/dependencies.ts';
import { seedApp, seedCaller } from '../../servers/seed.ts';
import { call } from './call.ts';

let stack: TestDependencies;
let admin: Caller;
let app: Caller;

beforeAll(async () => {
  stack = await testDependencies();
  admin = await seedCaller(stack.dependencies.database, 'admin');
  app = (await seedApp(stack.dependencies, admin)).caller;
});
afterAll(() => stack?.stop());

const as = (caller: Caller, name: string, input?: unknown) => call(stack.dependencies, caller, name, input);
const secret = 'sk_live_0123456789abcdefghij';

test('an app can neither send nor receive a secret value', async () => {
  await expect(as(app, 'create_credential', { name: 'by-app', value: secret })).rejects.toMatchObject({
    code: 'invalid_request',
  });
  await expect(
    as(app, 'create_agent', { name: 'by-app', upstream_url: 'api.stripe.test', reveal: 'inline' }),
  ).rejects.toMatchObject({ code: 'invalid_request' });
  const { agent_key } = await as(app, 'create_agent', { name: 'by-app', upstream_url: 'api.stripe.test' });
  expect(agent_key.value).toBeUndefined();
  expect(agent_key.reveal_url).toMatch(/\/reveal\/agl_/);
});

test('an app only proposes hosts: its credential may be sent nowhere until a person says so', async () => {
  const { credential, entry_url } = await as(app, 'create_credential', {
    name: 'proposed',
    allowed_hosts: ['evil.test'],
  });
  expect(credential).toMatchObject({ status: 'awaiting_value', allowed_hosts: [] });
  expect(entry_url).toMatch(/\/entry\/agl_/);
  await expect(
    as(app, 'update_credential', { credential: 'proposed', allowed_hosts: ['evil.test'] }),
  ).rejects.toMatchObject({
    code: 'invalid_request',
  });
});

test('a link to a host that was not allowed is refused with the page where a person allows it', async () => {
  await as(admin, 'create_agent', { name: 'charges', upstream_url: 'api.stripe.test' });
  const { credential } = await as(admin, 'create_credential', { name: 'stripe', value: secret });
  await expect(
    as(app, 'link_credential', { agent: 'charges', credential: 'stripe', allow_host: true }),
  ).rejects.toMatchObject({
    code: 'invalid_request',
  });
  await expect(as(app, 'link_credential', { agent: 'charges', credential: 'stripe' })).rejects.toMatchObject({
    code: 'host_not_allowed',
    status: 422,
    members: { allow_url: expect.stringContaining(`/credentials/${credential.id}/allow-host?host=api.stripe.test`) },
  });
  await as(admin, 'link_credential', { agent: 'charges', credential: 'stripe', allow_host: true });
  expect((await as(app, 'link_credential', { agent: 'charges', credential: 'stripe' })).agent.credentials).toEqual([
    { name: 'stripe', injection: { kind: 'bearer' } },
  ]);
});

describe('an app links a secret only where APIs look for one', () => {
  const link = (caller: Caller, injection: object) =>
    as(caller, 'link_credential', { agent: 'places', credential: 'places', injection });
  beforeAll(async () => {
    await as(admin, 'create_agent', { name: 'places', upstream_url: 'api.places.test' });
    await as(admin, 'create_credential', { name: 'places', value: secret, allowed_hosts: ['api.places.test'] });
  });

  test.each(['Origin', 'Access-Control-Request-Headers', 'X-Request-Id', 'Idempotency-Key', 'Traceparent', 'If-Match'])(
    'never in %s, which upstreams send back: not even for a person',
    async (name) => {
      for (const caller of [app, admin]) {
        const linking = link(caller, { kind: 'header', name, template: '{secret}' });
        await expect(linking).rejects.toMatchObject({ code: 'invalid_request' });
      }
    },
  );

  test.each([
    { kind: 'query', name: 'callback' },
    { kind: 'header', name: 'X-Note' },
    { kind: 'header', name: 'X-Csrf-Token' },
    { kind: 'header', name: 'X-Api-Key', template: 'https://{secret}' },
  ])('not as %j, which a person may', async (injection) => {
    await expect(link(app, injection)).rejects.toMatchObject({ code: 'refused_by_policy', status: 422 });
    await link(admin, injection);
    await as(admin, 'unlink_credential', { agent: 'places', credential: 'places' });
  });

  test.each(['Authorization', 'X-Api-Key', 'X-Shopify-Access-Token', 'DD-APPLICATION-KEY'])('in %s', async (name) => {
    await link(app, { kind: 'header', name, template: 'Token {secret}' });
    await as(app, 'unlink_credential', { agent: 'places', credential: 'places' });
  });

  test('and never moves it: linking it again as it is changes nothing', async () => {
    const injection = { kind: 'header', name: 'X-Api-Key', template: '{secret}' };
    await link(admin, injection);
    await expect(link(app, { kind: 'bearer' })).rejects.toMatchObject({ code: 'conflict' });
    expect((await link(app, injection)).agent.credentials).toEqual([{ name: 'places', injection }]);
  });
});

test('an agent with a linked credential cannot be pointed at another host', async () => {
  for (const caller of [app, admin]) {
    await expect(
      as(caller, 'update_agent', { agent: 'charges', upstream_url: 'https://evil.test' }),
    ).rejects.toMatchObject({
      code: 'host_not_allowed',
    });
  }
  await expect(
    as(admin, 'update_agent', { agent: 'charges', upstream_url: 'http://api.stripe.test' }),
  ).rejects.toMatchObject({
    code: 'host_not_allowed',
  });
});

test('two links never write the same place', async () => {
  await as(admin, 'create_credential', { name: 'second', value: secret, allowed_hosts: ['api.stripe.test'] });
  await expect(
    as(admin, 'link_credential', { agent: 'charges', credential: 'second', injection: { kind: 'basic' } }),
  ).rejects.toMatchObject({
    code: 'conflict',
  });
});

test('a linked credential is not deleted; unlinked it is, and comes back whole', async () => {
  await expect(as(admin, 'delete_credential', { credential: 'stripe' })).rejects.toMatchObject({ code: 'conflict' });
  await as(admin, 'unlink_credential', { agent: 'charges', credential: 'stripe' });
  await as(admin, 'delete_credential', { credential: 'stripe' });
  await expect(as(admin, 'get_credential', { credential: 'stripe' })).rejects.toMatchObject({ code: 'not_found' });
  const { credential: other } = await as(admin, 'create_credential', { name: 'stripe' });
  await expect(as(admin, 'restore_credential', { credential: 'stripe' })).rejects.toMatchObject({ code: 'conflict' });
  const { credential } = await as(admin, 'restore_credential', { credential: 'stripe', new_name: 'stripe-old' });
  expect(credential).toMatchObject({
    status: 'active',
    fingerprint: 'sk_live…ghij',
    allowed_hosts: ['api.stripe.test'],
  });
  expect(credential.id).not.toBe(other.id);
});
