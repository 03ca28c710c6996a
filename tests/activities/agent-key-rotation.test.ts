import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { MockActivityEnvironment } from '@temporalio/testing';
import type { Dispatcher } from 'undici';
import {
  type AgentKeyRotationActivities,
  createAgentKeyRotationActivities,
} from '../../activities/agent-key-rotation.ts';
import type { AgentKeyRotation } from '../../core/domain/agent-key-rotation.ts';
import type { Caller } from '../../core/domain/caller.ts';
import { DAY_MS } from '../../core/domain/times.ts';
import { keyRotationOf } from '../../core/services/agent-key-rotations.ts';
import { createAgentKey, revealAgentKey } from '../../core/services/agent-keys.ts';
import type { OrganizationTransaction } from '../../core/store/database.ts';
import { call } from '../core/operations/call.ts';
import { loopbackAgent } from '../rotation/harness.ts';
import { type TestDependencies, testDependencies } from '../servers/dependencies.ts';
import { seedAgent, seedCaller } from '../servers/seed.ts';

let stack: TestDependencies;
let outboundAgent: Dispatcher;
let activities: AgentKeyRotationActivities;
let clock: number;
let caller: Caller;
let rotation: AgentKeyRotation;

beforeAll(async () => {
  stack = await testDependencies();
  outboundAgent = loopbackAgent();
  activities = createAgentKeyRotationActivities({ ...stack.dependencies, outboundAgent, now: () => clock });
});
afterAll(async () => {
  await outboundAgent?.destroy();
  await stack?.stop();
});

const run = (step: keyof AgentKeyRotationActivities, ended: object = {}) =>
  new MockActivityEnvironment().run(activities[step] as (given: object) => Promise<unknown>, { ...rotation, ...ended });
const as = (name: string, input: unknown) => call(stack.dependencies, caller, name, input);

/** An agent whose new key was revealed, and whose grace is over. */
beforeEach(async () => {
  const { dependencies } = stack;
  clock = Date.now();
  caller = await seedCaller(dependencies.database);
  const { organizationId, person } = caller;
  const within = <T>(work: (transaction: OrganizationTransaction) => Promise<T>) =>
    dependencies.database.inOrganization(organizationId, work);
  const agentId = await seedAgent(dependencies.database, organizationId);
  await within((transaction) =>
    createAgentKey(transaction, dependencies, { agentId, name: 'first', personId: person.id, inline: true }),
  );
  const { operation_id: id } = (await as('rotate_agent_key', { agent: agentId })) as { operation_id: string };
  rotation = keyRotationOf(await within((transaction) => transaction.operation.findUniqueOrThrow({ where: { id } })));
  await run('createRotatedKey');
  await within(async (transaction) =>
    revealAgentKey(transaction, dependencies, { agentKeyId: (await newKey(transaction)).id }),
  );
  expect(await run('lookAtReveal')).toEqual({ outcome: 'done' });
  clock += 2 * DAY_MS;
});

const newKey = (transaction: OrganizationTransaction) =>
  transaction.agentKey.findFirstOrThrow({ where: { operationId: rotation.operationId } });

/** How the operation stands, and which keys still work. */
const look = () =>
  stack.dependencies.database.inOrganization(rotation.organizationId, async (transaction) => {
    const { status } = await transaction.operation.findUniqueOrThrow({ where: { id: rotation.operationId } });
    const old = await transaction.agentKey.findUniqueOrThrow({ where: { id: rotation.agentKeyId } });
    const { id, revokedAt } = await newKey(transaction);
    return { status, works: { old: old.revokedAt === null, new: revokedAt === null }, newId: id };
  });

describe('after the last look at the grace', () => {
  beforeEach(async () => {
    expect(await run('lookAtGrace')).toEqual({ outcome: 'done' });
  });

  test('the old key retires, once', async () => {
    await run('retireOldKey');
    await run('retireOldKey');
    expect(await look()).toMatchObject({ status: 'succeeded', works: { old: false, new: true } });
  });

  test('an agent keeps the old key when the new one is revoked', async () => {
    await as('revoke_agent_key', { key: (await look()).newId });
    await run('retireOldKey');
    expect(await look()).toMatchObject({ status: 'rolled_back', works: { old: true, new: false } });
  });

  test('a cancellation that was accepted takes the new key back', async () => {
    await as('cancel_operation', { operation: rotation.operationId });
    await run('retireOldKey');
    expect(await look()).toMatchObject({ status: 'cancelled', works: { old: true, new: false } });
  });
});

test('invariant 8: an agent that is deleted in the grace keeps the key that its callers hold', async () => {
  await stack.dependencies.database.inOrganization(rotation.organizationId, (transaction) =>
    transaction.agent.update({ where: { id: rotation.agentId }, data: { deletedAt: new Date() } }),
  );
  const ended = (await run('lookAtGrace')) as { outcome: string; why: string };
  expect(ended).toMatchObject({ outcome: 'refused', why: expect.stringContaining('was deleted') });
  await run('undoKeyRotation', { cause: 'failed', why: ended.why });
  expect(await look()).toMatchObject({ status: 'rolled_back', works: { old: true, new: true } });
});
