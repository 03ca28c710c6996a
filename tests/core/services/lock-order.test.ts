import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { revealThroughLink } from '../../../core/services/agent-key-reveal.ts';
import { enterCredentialValue } from '../../../core/services/credential-entry.ts';
import { findOneTimeLink, type OneTimeLink } from '../../../core/services/one-time-links.ts';
import { Prisma } from '../../../core/store/generated/client.ts';
import { type TestDependencies, testDependencies } from '../../servers/dependencies.ts';
import { untilLocksAreWaitedFor } from '../../servers/lock-waits.ts';
import { seedCaller } from '../../servers/seed.ts';
import { call } from '../operations/call.ts';

let stack: TestDependencies;
let admin: Awaited<ReturnType<typeof seedCaller>>;
beforeAll(async () => {
  stack = await testDependencies();
  admin = await seedCaller(stack.dependencies.database, 'admin');
});
afterAll(() => stack?.stop());

async function openLink(kind: OneTimeLink['kind'], url: string): Promise<OneTimeLink> {
  const link = await findOneTimeLink(stack.dependencies, kind, url.split('/').at(-1) ?? '');
  if (link === null) throw new Error('The link is not found.');
  return link;
}

const USES = {
  async credential() {
    const { entry_url } = await call(stack.dependencies, admin, 'create_credential', { name: 'stripe' });
    const link = await openLink('entry', entry_url);
    const entry = { link, caller: admin, value: 'sk_live_0123456789abcdefghij', hosts: ['a.test'] };
    return { link, ownerId: link.credentialId, use: () => enterCredentialValue(stack.dependencies, entry) };
  },
  async agent_key() {
    const { agent_key } = await call(stack.dependencies, admin, 'create_agent_key', { name: 'billing' });
    const link = await openLink('reveal', agent_key.reveal_url);
    return {
      link,
      ownerId: link.agentKeyId,
      use: () => revealThroughLink(stack.dependencies, { link, caller: admin }),
    };
  },
};

test.each(['credential', 'agent_key'] as const)(
  'who uses the link of a %s locks that first, as who deletes it does: the two never wait for each other',
  async (table) => {
    const { database } = stack.dependencies;
    const { link, ownerId, use } = await USES[table]();
    const [held, go] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const deleting = database.inOrganization(admin.organizationId, async (transaction) => {
      await transaction.$queryRaw`SELECT id FROM ${Prisma.raw(table)} WHERE id = ${ownerId}::uuid FOR UPDATE`;
      held.resolve();
      await go.promise;
      return transaction.$queryRaw<unknown[]>`
        SELECT id FROM one_time_link WHERE id = ${link.id}::uuid FOR UPDATE NOWAIT`;
    });
    await held.promise;
    const using = use();
    await untilLocksAreWaitedFor(stack.dependencies.database);
    go.resolve();
    expect(await deleting).toHaveLength(1);
    await using;
  },
);
