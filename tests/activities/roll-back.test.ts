import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { MockActivityEnvironment } from '@temporalio/testing';
import type { Dispatcher } from 'undici';
import { createRotationActivities } from '../../activities/rotation.ts';
import { endVersion } from '../../activities/rotation-end-version.ts';
import type { Caller } from '../../core/domain/caller.ts';
import type { CredentialRotation } from '../../core/domain/rotation.ts';
import { DAY_MS } from '../../core/domain/times.ts';
import { type Rotator, RotatorError } from '../../core/rotators/rotator.ts';
import { rotationOf } from '../../core/services/credential-rotations.ts';
import { storeStagedVersion } from '../../core/services/credential-versions.ts';
import { call } from '../core/operations/call.ts';
import { loopbackAgent } from '../rotation/harness.ts';
import { seedRotated } from '../rotation/seed-rotated.ts';
import { startProvider } from '../rotation/servers/provider.ts';
import { makeByHandCredential } from '../servers/by-hand-credential.ts';
import { type TestDependencies, testDependencies } from '../servers/dependencies.ts';
import { seedCaller } from '../servers/seed.ts';

let stack: TestDependencies;
let outboundAgent: Dispatcher;
let activities: ReturnType<typeof createRotationActivities>;
let caller: Caller;
let rotation: CredentialRotation;

beforeAll(async () => {
  stack = await testDependencies();
  outboundAgent = loopbackAgent();
  activities = createRotationActivities({ ...stack.dependencies, outboundAgent, now: Date.now });
});
afterAll(async () => {
  await outboundAgent?.destroy();
  await stack?.stop();
});

const as = (name: string, input: unknown) => call(stack.dependencies, caller, name, input);
const within: TestDependencies['dependencies']['database']['inOrganization'] = (...args) =>
  stack.dependencies.database.inOrganization(...args);

/** A rotation by hand. */
beforeEach(async () => {
  caller = await seedCaller(stack.dependencies.database);
  await makeByHandCredential(stack.dependencies, caller);
  const { operation_id: id } = (await as('rotate_credential', { credential: 'one' })) as { operation_id: string };
  rotation = rotationOf(
    await within(caller.organizationId, (transaction) => transaction.operation.findUniqueOrThrow({ where: { id } })),
  );
});

/** @param providerReference null: entered by a person */
const stage = (providerReference: { id: string } | null) =>
  within(rotation.organizationId, async (transaction) => {
    const { credentialId, operationId } = rotation;
    const value = 'sk_live_abcdefghij0123456789';
    const version = { credentialId, operationId, value, providerReference, createdBy: caller.person.id };
    const id = await storeStagedVersion(transaction, stack.dependencies.vault, version);
    return transaction.credentialVersion.findUniqueOrThrow({ where: { id } });
  });

const reversal = { cause: 'cancelled', why: 'It was cancelled.' } as const;

async function rollBack() {
  const environment = new MockActivityEnvironment();
  await environment.run(activities.undoRotation, { ...rotation, ...reversal });
  expect(await environment.run(activities.revokeNewVersion, rotation, 0)).toEqual({ outcome: 'done' });
  await environment.run(activities.finishRollBack, { ...rotation, ...reversal });
  return within(rotation.organizationId, async (transaction) => ({
    operation: await transaction.operation.findUniqueOrThrow({ where: { id: rotation.operationId } }),
    versions: await transaction.credentialVersion.findMany({ orderBy: { createdAt: 'asc' } }),
  }));
}

describe('a rotation that made nothing at the provider goes back to its end', () => {
  test('of a credential that was deleted meanwhile', async () => {
    await as('unlink_credential', { agent: 'one', credential: 'one' });
    await as('delete_credential', { credential: 'one' });
    expect((await rollBack()).operation.status).toBe('cancelled');
  });

  test('with a value that somebody entered, which is discarded', async () => {
    await stage(null);
    await as('unlink_credential', { agent: 'one', credential: 'one' });
    const { operation, versions } = await rollBack();
    expect(operation.status).toBe('cancelled');
    expect(versions).toMatchObject([{ state: 'current' }, { state: 'revoked' }]);
  });
});

test('a key that was made is ended at its provider, also where the agent that would try it was deleted', async () => {
  const { dependencies } = stack;
  const provider = await startProvider();
  try {
    const seeded = await seedRotated(dependencies, provider, caller, { probe: { method: 'GET', path: '/whoami' } });
    const { operation_id: id } = (await as('rotate_credential', { credential: seeded.credentialId })) as {
      operation_id: string;
    };
    rotation = rotationOf(
      await within(caller.organizationId, (transaction) => transaction.operation.findUniqueOrThrow({ where: { id } })),
    );
    const made = await new MockActivityEnvironment().run(activities.stageVersion, rotation, 0);
    expect(made).toEqual({ outcome: 'done' });
    await within(caller.organizationId, (transaction) =>
      transaction.agent.update({ where: { id: seeded.agentId }, data: { deletedAt: new Date() } }),
    );
    expect((await rollBack()).operation.status).toBe('cancelled');
  } finally {
    await provider.stop();
  }
});

test('a rotation whose credential was purged before the old key ended has nothing left to end', async () => {
  await as('unlink_credential', { agent: 'one', credential: 'one' });
  await within(rotation.organizationId, (transaction) => transaction.credentialVersion.deleteMany());
  const revoked = await new MockActivityEnvironment().run(activities.revokeOldVersion, rotation, 0);
  expect(revoked).toEqual({ outcome: 'done' });
});

test('what a person decided of a key that could not be ended holds, whatever its provider says next', async () => {
  const version = await stage({ id: 'key-1' });
  await new MockActivityEnvironment().run(activities.undoRotation, { ...rotation, ...reversal });
  const later = { ...stack.dependencies, outboundAgent, now: () => Date.now() + 2 * DAY_MS };
  const end = (why: string) => {
    const revoke = () => Promise.reject(new RotatorError('retryable', why));
    return endVersion(later, rotation, { revoke } as unknown as Rotator, version);
  };
  expect(await end('The provider answered 502.')).toMatchObject({ outcome: 'later' });
  await as('resolve_operation', { operation: rotation.operationId, decision: 'keep' });
  expect(await end('The provider did not answer.')).toEqual({ outcome: 'done', kept: true });
});
