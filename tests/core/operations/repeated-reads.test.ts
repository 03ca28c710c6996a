import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { invoke } from '../../../core/operations/invoke.ts';
import { listAgents } from '../../../core/operations/list-agents.ts';
import { type TestDependencies, testDependencies } from '../../servers/dependencies.ts';
import { seedCaller } from '../../servers/seed.ts';

let tested: TestDependencies;
beforeAll(async () => {
  tested = await testDependencies();
});
afterAll(() => tested?.stop());

test('a page that reads the same anew is on record once; another question, session or caller is on record again', async () => {
  const { dependencies } = tested;
  const caller = await seedCaller(dependencies.database);
  const script = {
    ...caller,
    kind: 'api_token' as const,
    tokenId: caller.sessionId,
    tokenName: 'nightly',
    scopes: new Set(['agents:read']),
  };
  const read = (by: object, input: object = {}) => invoke(listAgents, { caller: by as never, input }, dependencies);
  await read(caller);
  await read(caller);
  await read(caller, { q: 'stripe' });
  await read({ ...caller, sessionId: caller.person.id });
  await read(script);
  await read(script);
  const events = await dependencies.database.inOrganization(caller.organizationId, (transaction) =>
    transaction.auditEvent.count({ where: { action: 'list_agents' } }),
  );
  expect(events).toBe(5);
});
