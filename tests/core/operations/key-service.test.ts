import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { revealThroughLink } from '../../../core/services/agent-key-reveal.ts';
import { findOneTimeLink } from '../../../core/services/one-time-links.ts';
import { type TestDependencies, testDependencies } from '../../servers/dependencies.ts';
import { seedCaller } from '../../servers/seed.ts';
import { TransitServer } from '../../servers/transit-server.ts';
import { call } from './call.ts';

const value = 'sk_live_0123456789abcdefghij';
let transit: TransitServer;
let stack: TestDependencies;

beforeAll(async () => {
  transit = await new TransitServer().start();
  const AGENTGATEWAY_MASTER_KEY = transit.addKey('agentgateway');
  stack = await testDependencies({ environment: { AGENTGATEWAY_MASTER_KEY, VAULT_TOKEN: transit.token } });
});

afterAll(async () => {
  await stack.stop();
  await transit.stop();
});

test('sealing and opening inside transactions asks no other machine', async () => {
  const { dependencies } = stack;
  const admin = await seedCaller(dependencies.database);
  await dependencies.vault.prepare(admin.organizationId);
  const remoteCalls = () => transit.calls.encrypt + transit.calls.decrypt;
  const before = remoteCalls();
  await call(dependencies, admin, 'create_credential', { name: 'stripe', value });
  const { agent_key } = await call(dependencies, admin, 'create_agent_key', { name: 'billing' });
  const link = await findOneTimeLink(dependencies, 'reveal', agent_key.reveal_url.split('/').at(-1));
  if (link === null) throw new Error('the link is gone');
  expect(await revealThroughLink(dependencies, { link, caller: admin })).toMatch(/^agk_/);
  expect(remoteCalls()).toBe(before);
});

test('invariant 10: while the key service is away, what needs it is refused whole and the rest works', async () => {
  const { dependencies } = stack;
  const admin = await seedCaller(dependencies.database);
  transit.isSilent = true;
  const refused = call(dependencies, admin, 'create_credential', { name: 'stripe', value });
  await expect(refused).rejects.toMatchObject({ code: 'vault_unavailable', status: 503, retryAfterSeconds: 5 });
  await call(dependencies, admin, 'create_credential', { name: 'entered-later' });
  const { items } = await call(dependencies, admin, 'list_credentials');
  expect(items.map(({ name }: { name: string }) => name)).toEqual(['entered-later']);
});
