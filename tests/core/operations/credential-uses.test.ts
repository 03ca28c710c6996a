import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Caller } from '../../../core/domain/caller.ts';
import { RequestLogWriter } from '../../../core/store/request-log-writer.ts';
import { type TestDependencies, testDependencies } from '../../servers/dependencies.ts';
import { seedCaller } from '../../servers/seed.ts';
import { requestLogRow } from '../store/request-log-rows.ts';
import { call } from './call.ts';

let stack: TestDependencies;
let caller: Caller;

beforeAll(async () => {
  stack = await testDependencies();
  caller = await seedCaller(stack.dependencies.database);
});
afterAll(() => stack?.stop());

const as = (name: string, input?: unknown) => call(stack.dependencies, caller, name, input);

test('a credential tells of each version how often calls carried it, when last, and which agent’s', async () => {
  const { organizationId } = caller;
  const { credential } = await as('create_credential', { name: 'stripe', value: 'sk_live_0123456789abcdefghij' });
  const versions = async () => (await as('get_credential', { credential: 'stripe' })).credential.versions;
  expect(await versions()).toMatchObject([{ last_used_at: null, last_used_by: null, calls: 0 }]);
  const agents = [];
  for (const name of ['charges', 'refunds']) {
    agents.push((await as('create_agent', { name, upstream_url: 'api.stripe.test' })).agent.id);
  }
  const { config, log } = stack.dependencies;
  const writer = new RequestLogWriter({
    databaseUrl: stack.testDatabase.urls.logWriter,
    log,
    spoolRoot: config.AGENTGATEWAY_DATA_DIR,
  });
  const now = Date.now();
  const credentialVersionIds = credential.versions.map(({ id }: { id: string }) => id);
  for (const [index, agentId] of [...agents, agents[0]].entries()) {
    writer.add(requestLogRow({ organizationId, agentId, credentialVersionIds, time: now - index }));
  }
  await writer.close();
  const used = [{ last_used_at: new Date(now).toISOString(), last_used_by: 'charges', calls: 3 }];
  expect(await versions()).toMatchObject(used);
  expect((await as('list_credentials')).items[0].versions).toMatchObject(used);
});
