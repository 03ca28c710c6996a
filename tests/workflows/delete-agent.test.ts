import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Context } from '@temporalio/activity';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { createAgentActivities } from '../../activities/agents.ts';
import type { Dependencies } from '../../core/dependencies.ts';
import { type AgentDeletionStatus, STATUS_QUERY } from '../../core/domain/agent-deletion-workflow.ts';
import type { Caller } from '../../core/domain/caller.ts';
import { cancelOperation } from '../../core/operations/cancel-operation.ts';
import { deleteAgent } from '../../core/operations/delete-agent.ts';
import { invoke } from '../../core/operations/invoke.ts';
import { restoreAgent } from '../../core/operations/restore-agent.ts';
import { createAgentKey } from '../../core/services/agent-keys.ts';
import type { Operation } from '../../core/store/generated/client.ts';
import { createDataConverter, payloadKeys } from '../../core/temporal/data-converter.ts';
import { createWorkflows } from '../../core/temporal/workflow-client.ts';
import { runTestWorker } from '../servers/control-worker.ts';
import { type TestDependencies, testDependencies } from '../servers/dependencies.ts';
import { describeNeeding } from '../servers/describe-needing.ts';
import { untilOperation } from '../servers/operation-rows.ts';
import { relayCarrying } from '../servers/relay-rows.ts';
import { seedAgent, seedCaller } from '../servers/seed.ts';
import { startTimeSkipping } from '../servers/time-skipping.ts';

describeNeeding(['java', 'mvn'], 'the deletion of an agent', () => {
  let made: TestDependencies;
  let dependencies: Dependencies;
  let temporal: TestWorkflowEnvironment;
  let worker: { stop(): Promise<void> };

  beforeAll(async () => {
    made = await testDependencies();
    const dataConverter = createDataConverter(payloadKeys(made.dependencies.instanceKeys));
    temporal = await startTimeSkipping(dataConverter);
    const { client, nativeConnection: connection } = temporal;
    dependencies = { ...made.dependencies, workflows: createWorkflows(client) };
    const skippedClock = () => Context.current().info.currentAttemptScheduledTimestampMs;
    const activities = createAgentActivities(dependencies, skippedClock);
    worker = await runTestWorker({ connection, client, dataConverter, activities });
  });

  afterAll(async () => {
    await worker?.stop();
    await temporal?.teardown();
    await made?.stop();
  });

  const operationIs = (organizationId: string, operationId: string, isReached: (row: Operation) => boolean) =>
    untilOperation(dependencies, { organizationId, operationId }, isReached);

  async function startDeletion() {
    const caller = await seedCaller(dependencies.database);
    const { organizationId } = caller;
    const agentId = await seedAgent(dependencies.database, organizationId);
    await dependencies.database.inOrganization(organizationId, (transaction) =>
      createAgentKey(transaction, dependencies, { agentId, name: 'first', personId: caller.person.id, inline: true }),
    );
    return { caller, organizationId, agentId, ...(await requestDeletion(caller, agentId)) };
  }

  async function requestDeletion(caller: Caller, agentId: string) {
    const answer = await invoke(deleteAgent, { caller, input: { agent: agentId } }, dependencies);
    const operationId = answer.operation_id as string;
    const workflow = temporal.client.workflow.getHandle(`agent-deletion/${agentId}/${operationId}`);
    return { operationId, workflow };
  }

  /** Up to where a relay process still carries a call to the agent. */
  async function startDraining() {
    const caller = await seedCaller(dependencies.database);
    const { organizationId } = caller;
    const agentId = await seedAgent(dependencies.database, organizationId);
    const process = await relayCarrying(made.testDatabase.urls.relay, agentId);
    const { operationId, workflow } = await requestDeletion(caller, agentId);
    await operationIs(organizationId, operationId, ({ step }) => step === 'drain');
    return { caller, organizationId, agentId, process, operationId, workflow };
  }

  function look(organizationId: string, agentId: string) {
    return dependencies.database.inOrganization(organizationId, async (transaction) => ({
      agent: await transaction.agent.findUniqueOrThrow({ where: { id: agentId } }),
      keys: await transaction.agentKey.count({ where: { agentId } }),
      actions: (await transaction.auditEvent.findMany({ orderBy: { id: 'asc' } })).map(({ action }) => action),
    }));
  }

  test('succeeds after the drain, keeps everything for seven days, then purges', async () => {
    const { organizationId, agentId, operationId, workflow } = await startDeletion();
    const operation = await operationIs(organizationId, operationId, ({ status }) => status === 'succeeded');
    expect(operation.result).toMatchObject({ agent: 'stripe-relay', calls_cut: 0 });
    expect(operation.steps).toMatchObject([
      { name: 'refuse_new_calls', status: 'done' },
      { name: 'drain', status: 'done' },
    ]);
    await temporal.sleep('167 hours');
    expect(await look(organizationId, agentId)).toMatchObject({ agent: { purgedAt: null }, keys: 1 });
    await workflow.result();
    const purged = await look(organizationId, agentId);
    expect(purged).toMatchObject({ agent: { name: 'stripe-relay', purgedAt: expect.any(Date) }, keys: 0 });
    expect(purged.actions).toEqual(['delete_agent', 'refuse_agent_calls', 'finish_agent_deletion', 'purge_agent']);
  });

  test('restored on day six, it ends and purges nothing', async () => {
    const { caller, organizationId, agentId, operationId, workflow } = await startDeletion();
    await operationIs(organizationId, operationId, ({ status }) => status === 'succeeded');
    await temporal.sleep('6 days');
    await invoke(restoreAgent, { caller, input: { agent: agentId } }, dependencies);
    await workflow.result();
    expect(await look(organizationId, agentId)).toMatchObject({ agent: { deletedAt: null, purgedAt: null }, keys: 1 });
    const again = await requestDeletion(caller, agentId);
    await operationIs(organizationId, again.operationId, ({ status }) => status === 'succeeded');
  });

  test('restored without its workflow hearing of it, it purges nothing', async () => {
    const { caller, organizationId, agentId, operationId, workflow } = await startDeletion();
    await operationIs(organizationId, operationId, ({ status }) => status === 'succeeded');
    await invoke(restoreAgent, { caller, input: { agent: agentId } }, { ...dependencies, workflows: made.workflows });
    await workflow.result();
    expect(await look(organizationId, agentId)).toMatchObject({ agent: { deletedAt: null, purgedAt: null }, keys: 1 });
  });

  test('restored during the drain, its operation is cancelled', async () => {
    const { caller, organizationId, agentId, process, operationId, workflow } = await startDraining();
    await invoke(restoreAgent, { caller, input: { agent: agentId } }, dependencies);
    await workflow.result();
    await process.finish();
    expect(await operationIs(organizationId, operationId, () => true)).toMatchObject({ status: 'cancelled' });
    expect(await look(organizationId, agentId)).toMatchObject({ agent: { deletedAt: null } });
  });

  test('cancelled during the drain, it rolls back', async () => {
    const { organizationId, agentId, process, operationId, workflow } = await startDraining();
    await workflow.cancel();
    await expect(workflow.result()).rejects.toMatchObject({
      cause: expect.objectContaining({ name: 'CancelledFailure' }),
    });
    await process.finish();
    expect(await operationIs(organizationId, operationId, () => true)).toMatchObject({ status: 'cancelled' });
    const { agent, actions } = await look(organizationId, agentId);
    expect(agent.deletedAt).toBeNull();
    expect(actions).toContain('roll_back_agent_deletion');
  });

  test('cancelled during the drain without its workflow hearing of it, it never succeeds', async () => {
    const { caller, organizationId, agentId, process, operationId, workflow } = await startDraining();
    const unheard = { ...dependencies, workflows: made.workflows };
    await invoke(cancelOperation, { caller, input: { operation: operationId } }, unheard);
    await process.finish();
    await workflow.result();
    expect(await operationIs(organizationId, operationId, () => true)).toMatchObject({ status: 'cancelled' });
    expect(await look(organizationId, agentId)).toMatchObject({ agent: { deletedAt: null } });
  });

  test('cancelled before it begins, nobody joins it, it refuses no call, and the next one is its own', async () => {
    const caller = await seedCaller(dependencies.database);
    const { organizationId } = caller;
    const agentId = await seedAgent(dependencies.database, organizationId);
    const unheard = { ...dependencies, workflows: made.workflows };
    const { operation_id: operationId } = await invoke(deleteAgent, { caller, input: { agent: agentId } }, unheard);
    await invoke(cancelOperation, { caller, input: { operation: operationId } }, unheard);
    await expect(requestDeletion(caller, agentId)).rejects.toMatchObject({
      code: 'conflict',
      members: { operation_id: operationId },
    });
    await dependencies.workflows.startAgentDeletion({ organizationId, agentId, operationId: operationId as string });
    await operationIs(organizationId, operationId as string, ({ status }) => status === 'cancelled');
    const { agent, actions } = await look(organizationId, agentId);
    expect(agent.deletedAt).toBeNull();
    expect(actions).toEqual(['delete_agent', 'cancel_operation', 'delete_agent']);
    const again = await requestDeletion(caller, agentId);
    expect(again.operationId).not.toBe(operationId);
    await operationIs(organizationId, again.operationId, ({ status }) => status === 'succeeded');
  });

  test('cancelled after it has succeeded, it still keeps its seven days', async () => {
    const { organizationId, agentId, operationId, workflow } = await startDeletion();
    await operationIs(organizationId, operationId, ({ status }) => status === 'succeeded');
    const phase = async () => (await workflow.query<AgentDeletionStatus>(STATUS_QUERY)).phase;
    // This server is stuck for good where an activity ends at the moment at which its cancellation is asked for.
    while ((await phase()) !== 'restorable') await pause(10);
    await workflow.cancel();
    await temporal.sleep('1 day');
    expect(await phase()).toBe('restorable');
    await workflow.result();
    expect(await look(organizationId, agentId)).toMatchObject({ agent: { purgedAt: expect.any(Date) } });
  });
});
