import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { MockActivityEnvironment } from '@temporalio/testing';
import { v7 as uuid } from 'uuid';
import type { Caller } from '../../core/domain/caller.ts';
import { beginStep } from '../../core/services/long-running.ts';
import { recordingBrokenAttempts } from '../../workers/broken-attempts.ts';
import { call } from '../core/operations/call.ts';
import { type TestDependencies, testDependencies } from '../servers/dependencies.ts';
import { quietLogger } from '../servers/quiet-runtime.ts';
import { seedAgent, seedCaller } from '../servers/seed.ts';

let stack: TestDependencies;
let recording: ReturnType<typeof recordingBrokenAttempts>;

beforeAll(async () => {
  stack = await testDependencies();
  recording = recordingBrokenAttempts(stack.dependencies);
});
afterAll(() => stack.stop());

async function deletionUnderWay(caller: Caller) {
  const { database } = stack.dependencies;
  const agent = await seedAgent(database, caller.organizationId, `relay-${uuid()}`);
  const { operation_id: operation } = await call(stack.dependencies, caller, 'delete_agent', { agent });
  return database.inOrganization(caller.organizationId, async (transaction) => {
    await beginStep(transaction, operation, 'refuse_new_calls');
    return transaction.operation.findUniqueOrThrow({ where: { id: operation } });
  });
}

/** One attempt at an activity of the operation's workflow, as a worker makes it. */
function attempt(
  number: number,
  { workflowId, organizationId }: { workflowId: string; organizationId: string },
  work: () => Promise<void>,
): Promise<void> {
  const workflowExecution = { workflowId, runId: 'run' };
  const info = { attempt: number, activityId: '1', workflowExecution };
  return new MockActivityEnvironment(info, { interceptors: [recording], logger: quietLogger }).run(work, {
    organizationId,
  });
}

const fails = () => Promise.reject(Object.assign(new TypeError('with a secret in it'), { code: 'P1001' }));
const works = () => Promise.resolve();

test('attempts that broke off stand once each in the history of their operation alone, without what failed in words', async () => {
  const caller = await seedCaller(stack.dependencies.database);
  const [operation, other] = [await deletionUnderWay(caller), await deletionUnderWay(caller)];
  await expect(attempt(1, operation, fails)).rejects.toThrow();
  await expect(attempt(2, operation, fails)).rejects.toThrow();
  // A worker that was lost tells nobody: the fourth attempt is the first to know of the third.
  await attempt(3, operation, works);
  await attempt(4, operation, works);
  const stepsNow = async (id: string) =>
    (await call(stack.dependencies, caller, 'get_operation', { operation: id })).operation.steps;
  const [step] = await stepsNow(operation.id);
  expect(step.attempts).toMatchObject([
    { times: 2, why: expect.stringContaining('(TypeError P1001)') },
    { times: 1, why: expect.stringContaining('its worker ended') },
  ]);
  expect(JSON.stringify(step)).not.toContain('secret');
  for (const { attempts } of await stepsNow(other.id)) expect(attempts).toEqual([]);
});

test('an activity goes on although its history cannot be written', async () => {
  const gone = { workflowId: 'any', organizationId: 'no organization' };
  await expect(attempt(2, gone, works)).resolves.toBeUndefined();
});
