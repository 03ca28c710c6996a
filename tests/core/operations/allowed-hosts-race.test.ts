import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Caller } from '../../../core/domain/caller.ts';
import { type TestDependencies, testDependencies } from '../../servers/dependencies.ts';
import { untilLocksAreWaitedFor } from '../../servers/lock-waits.ts';
import { seedCaller } from '../../servers/seed.ts';
import { call } from './call.ts';

let stack: TestDependencies;
let admin: Caller;
beforeAll(async () => {
  stack = await testDependencies();
  admin = await seedCaller(stack.dependencies.database, 'admin');
});
afterAll(() => stack?.stop());

const as = (name: string, input: unknown) => call(stack.dependencies, admin, name, input);

test('an agent is never moved to a host that is struck off the list at the same moment', async () => {
  const { database } = stack.dependencies;
  await as('create_agent', { name: 'mover', upstream_url: 'a.test' });
  await as('create_credential', {
    name: 'key',
    value: 'sk_live_0123456789abcdefghij',
    allowed_hosts: ['a.test', 'b.test'],
  });
  await as('link_credential', { agent: 'mover', credential: 'key' });
  const [held, release] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  // Somebody else takes the new name and lets it go again: the update waits between its check and its write.
  const blocker = database
    .inOrganization(admin.organizationId, async (transaction) => {
      await transaction.agent.create({
        data: { organizationId: admin.organizationId, name: 'wanted', upstreamUrl: 'https://x.test' },
      });
      held.resolve();
      await release.promise;
      throw new Error('undone');
    })
    .catch(() => undefined);
  await held.promise;
  const moving = as('update_agent', { agent: 'mover', name: 'wanted', upstream_url: 'b.test' }).catch((error) => error);
  await untilLocksAreWaitedFor(stack.dependencies.database, 1);
  const striking = as('update_credential', { credential: 'key', allowed_hosts: ['a.test'] }).catch((error) => error);
  await Promise.race([striking, untilLocksAreWaitedFor(stack.dependencies.database, 2)]);
  release.resolve();
  await Promise.all([blocker, moving, striking]);
  const rows = await database.inOrganization(admin.organizationId, (transaction) =>
    transaction.credentialLink.findMany({ include: { agent: true, credential: true } }),
  );
  for (const { agent, credential } of rows) {
    expect(credential.allowedHosts).toContain(new URL(agent.upstreamUrl).hostname);
  }
});

test('a restored agent brings back no link to a host that is struck off the list at the same moment', async () => {
  const { database } = stack.dependencies;
  const { agent } = await as('create_agent', { name: 'phoenix', upstream_url: 'p.test' });
  await as('create_credential', { name: 'fire', value: 'sk_live_0123456789abcdefghij', allowed_hosts: ['p.test'] });
  await as('link_credential', { agent: 'phoenix', credential: 'fire' });
  await database.inOrganization(admin.organizationId, (transaction) =>
    transaction.agent.update({
      where: { id: agent.id },
      data: { deletedAt: new Date(), restorableUntil: new Date(Date.now() + 86_400_000) },
    }),
  );
  const [held, release] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const blocker = database
    .inOrganization(admin.organizationId, async (transaction) => {
      await transaction.agent.create({
        data: { organizationId: admin.organizationId, name: 'ashes', upstreamUrl: 'https://x.test' },
      });
      held.resolve();
      await release.promise;
      throw new Error('undone');
    })
    .catch(() => undefined);
  await held.promise;
  const restoring = as('restore_agent', { agent: agent.id, new_name: 'ashes' }).catch((error) => error);
  await untilLocksAreWaitedFor(stack.dependencies.database, 1);
  const striking = as('update_credential', { credential: 'fire', allowed_hosts: ['q.test'] }).catch((error) => error);
  await Promise.race([striking, untilLocksAreWaitedFor(stack.dependencies.database, 2)]);
  release.resolve();
  await Promise.all([blocker, restoring, striking]);
  const rows = await database.inOrganization(admin.organizationId, (transaction) =>
    transaction.credentialLink.findMany({
      where: { agentId: agent.id, agent: { deletedAt: null } },
      include: { agent: true, credential: true },
    }),
  );
  for (const { credential } of rows) expect(credential.allowedHosts).toContain('p.test');
});
