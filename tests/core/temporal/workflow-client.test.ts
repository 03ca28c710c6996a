import { createServer, type Socket } from 'node:net';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Dependencies } from '../../../core/dependencies.ts';
import { deleteAgent } from '../../../core/operations/delete-agent.ts';
import { invoke } from '../../../core/operations/invoke.ts';
import { openTemporal } from '../../../core/temporal/connection.ts';
import { createDataConverter, payloadKeys } from '../../../core/temporal/data-converter.ts';
import { createTemporalClient, createWorkflows } from '../../../core/temporal/workflow-client.ts';
import { type TestDependencies, testDependencies } from '../../servers/dependencies.ts';
import { seedAgent, seedCaller } from '../../servers/seed.ts';
import { startTestTemporal, type TestTemporal } from '../../servers/temporal.ts';

let made: TestDependencies;
let temporal: TestTemporal;
let dependencies: Dependencies;

beforeAll(async () => {
  made = await testDependencies();
  temporal = await startTestTemporal(createDataConverter(payloadKeys(made.dependencies.instanceKeys)));
  dependencies = { ...made.dependencies, workflows: createWorkflows(temporal.client) };
});
afterAll(async () => {
  await temporal?.stop();
  await made?.stop();
});

async function seed() {
  const caller = await seedCaller(dependencies.database);
  const agentId = await seedAgent(dependencies.database, caller.organizationId);
  return { caller, agentId, input: { agent: agentId } };
}

/** Where Temporal would be: an address that refuses, or one that takes connections and never answers. */
async function awayTemporal(isSilent: boolean) {
  const sockets: Socket[] = [];
  const server = createServer((socket) => sockets.push(socket));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  if (!isSilent) await new Promise((resolve) => server.close(resolve));
  const connection = openTemporal({
    TEMPORAL_ADDRESS: `127.0.0.1:${port}`,
    TEMPORAL_TLS: false,
    TEMPORAL_API_KEY: undefined,
  });
  const client = createTemporalClient({ connection, namespace: 'default', dataConverter: {} });
  return {
    workflows: createWorkflows(client),
    async stop() {
      await connection.close();
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}

test.each([
  ['refuses connections', false],
  ['does not answer', true],
])('while Temporal %s, a deletion answers 503 within 3 s and nothing is half done', async (_how, isSilent) => {
  const away = await awayTemporal(isSilent);
  const { caller, agentId, input } = await seed();
  const began = performance.now();
  const call = invoke(deleteAgent, { caller, input }, { ...dependencies, workflows: away.workflows });
  await expect(call).rejects.toMatchObject({ code: 'temporal_unavailable', status: 503, retryAfterSeconds: 5 });
  expect(performance.now() - began).toBeLessThan(3_000);
  await away.stop();
  const rows = await dependencies.database.inOrganization(caller.organizationId, async (transaction) => ({
    agent: await transaction.agent.findUnique({ where: { id: agentId } }),
    operation: await transaction.operation.findFirst(),
  }));
  expect(rows).toMatchObject({
    agent: { deletedAt: null },
    operation: { status: 'failed', error: { code: 'temporal_unavailable' } },
  });
});

test('an answer that is lost after the start leaves the operation accepted', async () => {
  const { caller, input } = await seed();
  const lost: Dependencies['workflows'] = {
    ...dependencies.workflows,
    async startAgentDeletion(deletion) {
      await dependencies.workflows.startAgentDeletion(deletion);
      throw new Error('deadline exceeded');
    },
  };
  const answer = await invoke(deleteAgent, { caller, input }, { ...dependencies, workflows: lost });
  expect(answer).toMatchObject({ operation: { status: 'accepted' } });
});

test('two requests for the same deletion share one workflow', async () => {
  const { caller, agentId, input } = await seed();
  const answers = await Promise.all([1, 2].map(() => invoke(deleteAgent, { caller, input }, dependencies)));
  expect(answers[0]?.operation_id).toBe(answers[1]?.operation_id);
  expect(answers.map(({ joined }) => joined).sort()).toEqual([false, true]);
  const operationId = answers[0]?.operation_id as string;
  const workflow = temporal.client.workflow.getHandle(`agent-deletion/${agentId}/${operationId}`);
  const { searchAttributes, status } = await workflow.describe();
  expect(status.name).toBe('RUNNING');
  expect(searchAttributes).toMatchObject({ OrganizationId: [caller.organizationId], OperationId: [operationId] });
  await workflow.terminate();
  const deletion = { organizationId: caller.organizationId, agentId, operationId };
  await expect(dependencies.workflows.startAgentDeletion(deletion)).resolves.toBeUndefined();
  await expect(dependencies.workflows.tellAgentRestored(deletion)).resolves.toBeUndefined();
});
