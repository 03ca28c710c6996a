import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { SYSTEM } from '../../core/domain/caller.ts';
import { beginStep, succeedOperation } from '../../core/services/long-running.ts';
import { acceptOperation } from '../../core/services/operations.ts';
import type { OrganizationTransaction } from '../../core/store/database.ts';
import { connect, type RunningApp, startApp } from '../servers/connected-app.ts';
import { seedAgent, seedCaller } from '../servers/seed.ts';
import { ERAS, openClient } from './open-client.ts';

let app: RunningApp;
let operator: Awaited<ReturnType<typeof seedCaller>>;
let accessToken: string;

beforeAll(async () => {
  app = await startApp();
  operator = await seedCaller(app.dependencies.database, 'operator');
  accessToken = (await connect(app, operator)).tokens.access_token;
});
afterAll(() => app.stop());

const change = <T>(work: (transaction: OrganizationTransaction) => Promise<T>) =>
  app.dependencies.database.inOrganization(operator.organizationId, work);

test.each(ERAS)('%s: who waits for an operation hears of each step, and gets the result', async (version, mode) => {
  const agentId = await seedAgent(app.dependencies.database, operator.organizationId, `agent-${mode}`);
  const { operation } = await change((transaction) =>
    acceptOperation(transaction, {
      kind: 'delete_agent',
      area: 'agents',
      steps: ['refuse_new_calls', 'drain'],
      target: { kind: 'agent', id: agentId, name: `agent-${mode}` },
      input: {},
      requestedBy: SYSTEM,
      requestedPersonId: null,
      workflowId: (id) => `${version}/${id}`,
    }),
  );
  const client = await openClient(app, accessToken, { mode });
  const heard: unknown[] = [];
  const onprogress = async (progress: unknown) => {
    heard.push(progress);
    // The next step begins when the client has heard of the one before.
    if (heard.length === 1) await change((transaction) => beginStep(transaction, operation.id, 'refuse_new_calls'));
    if (heard.length === 2) await change((transaction) => beginStep(transaction, operation.id, 'drain'));
    if (heard.length === 3) await change((transaction) => succeedOperation(transaction, operation.id, {}));
  };
  const { structuredContent } = await client.callTool(
    { name: 'get_operation', arguments: { operation: operation.id, wait_seconds: 30 } },
    { onprogress },
  );
  expect(structuredContent).toMatchObject({ operation: { status: 'succeeded' } });
  expect(heard).toEqual([
    { progress: 0, total: 2, message: 'delete_agent' },
    { progress: 1, total: 2, message: 'delete_agent: refuse_new_calls' },
    { progress: 2, total: 2, message: 'delete_agent: drain' },
  ]);
  await client.close();
});
