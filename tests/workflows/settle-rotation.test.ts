import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { type WorkflowHandle, WorkflowNotFoundError } from '@temporalio/client';
import { MockActivityEnvironment } from '@temporalio/testing';
import type pg from 'pg';
import { createHousekeepingActivities } from '../../activities/housekeeping.ts';
import { rotationSettlementWorkflowId } from '../../core/domain/rotation.ts';
import { type JobsDatabase, openJobsDatabase } from '../../core/store/jobs-database.ts';
import { createDataConverter, payloadKeys } from '../../core/temporal/data-converter.ts';
import { type RotationHarness, startRotationHarness } from '../rotation/harness.ts';
import { startTestTemporal, type TestTemporal } from '../servers/temporal.ts';

describe('a rotation whose workflow was terminated', () => {
  let harness: RotationHarness;
  let temporal: TestTemporal;
  let superuser: pg.Client;
  let jobs: JobsDatabase;

  beforeAll(async () => {
    harness = await startRotationHarness(async (made) => {
      const dataConverter = createDataConverter(payloadKeys(made.dependencies.instanceKeys));
      temporal = await startTestTemporal(dataConverter);
      return { temporal, dataConverter };
    });
    superuser = await harness.superuser();
    jobs = openJobsDatabase(harness.made.testDatabase.urls.jobs);
  });
  afterAll(async () => {
    await jobs?.close();
    await superuser?.end();
    await harness?.stop();
    await temporal?.stop();
  });
  afterEach(() => {
    for (const name of Object.keys(harness.hooks)) delete harness.hooks[name];
  });

  /** Rotates, and terminates the workflow when it comes to this activity, whose work is done all the same. */
  async function terminatedAt(activity: string) {
    const since = new Date();
    const rotated = await harness.seedRotated();
    const reached = Promise.withResolvers<void>();
    const terminated = Promise.withResolvers<void>();
    harness.hooks[activity] = () => {
      reached.resolve();
      return terminated.promise;
    };
    const care = { canary_seconds: 1, drain_seconds: 1 };
    const { operationId, workflow } = await harness.rotate(rotated.caller, rotated.credentialId, care);
    const ended = workflow.result().catch(() => {});
    await reached.promise;
    await workflow.terminate();
    terminated.resolve();
    await ended;
    return { since, rotated, operationId };
  }

  /** As the housekeeping does once nothing was written for ten minutes: the activity may still write. */
  async function settle(operationId: string, credentialId: string): Promise<WorkflowHandle> {
    const { dependencies, client } = harness;
    const chores = createHousekeepingActivities({ ...dependencies, jobs, client });
    const settlement = client.workflow.getHandle(rotationSettlementWorkflowId({ credentialId, operationId }));
    for (;;) {
      await superuser.query("UPDATE operation SET updated_at = now() - interval '11 minutes' WHERE id = $1", [
        operationId,
      ]);
      await new MockActivityEnvironment().run(chores.settleAcceptedOperations);
      if (await isStarted(settlement)) return settlement;
    }
  }

  async function isStarted(workflow: WorkflowHandle): Promise<boolean> {
    try {
      return (await workflow.describe()).status.name !== 'TERMINATED';
    } catch (error) {
      if (error instanceof WorkflowNotFoundError) return false;
      throw error;
    }
  }

  const acceptedKeys = (since: Date) => harness.provider.keys.active.filter(({ createdAt }) => createdAt >= since);

  test.each(['stageVersion', 'lookAtCanary', 'lookAtCutOver', 'lookAtDrain'])(
    'at %s goes back: the old key works alone, and the new one is ended at the provider',
    async (activity) => {
      const { since, rotated, operationId } = await terminatedAt(activity);
      await untilStored(activity, rotated, operationId);
      await (await settle(operationId, rotated.credentialId)).result();
      const { operation, credential, versions } = await harness.look(rotated, operationId);
      expect(operation).toMatchObject({
        status: 'rolled_back',
        error: { detail: expect.stringContaining('ended from outside') },
      });
      expect(versions).toMatchObject([{ state: 'current' }, { state: 'revoked' }]);
      expect(credential.rotation).toBeNull();
      expect(acceptedKeys(since)).toEqual([rotated.key]);
    },
  );

  test('after the release goes forward: the new key works alone, and the old one is refused', async () => {
    const { since, rotated, operationId } = await terminatedAt('revokeOldVersion');
    await (await settle(operationId, rotated.credentialId)).result();
    const { operation, credential, versions } = await harness.look(rotated, operationId);
    expect(operation.status).toBe('succeeded');
    expect(versions).toMatchObject([{ state: 'revoked' }, { state: 'current' }]);
    expect(credential.rotation).toBeNull();
    expect(rotated.key.active).toBe(false);
    expect(acceptedKeys(since)).toHaveLength(1);
  });

  test('and whose settlement is terminated too is settled again', async () => {
    const { rotated, operationId } = await terminatedAt('lookAtCanary');
    const reached = Promise.withResolvers<void>();
    const terminated = Promise.withResolvers<void>();
    harness.hooks.revokeNewVersion = () => {
      reached.resolve();
      return terminated.promise;
    };
    const first = await settle(operationId, rotated.credentialId);
    const ended = first.result().catch(() => {});
    await reached.promise;
    await first.terminate();
    terminated.resolve();
    await ended;
    delete harness.hooks.revokeNewVersion;
    await (await settle(operationId, rotated.credentialId)).result();
    expect((await harness.look(rotated, operationId)).operation.status).toBe('rolled_back');
  });

  /** The activity under way goes on without its workflow: what it makes is to be found too. */
  async function untilStored(
    activity: string,
    rotated: { organizationId: string; credentialId: string },
    operationId: string,
  ): Promise<void> {
    if (activity !== 'stageVersion') return;
    while ((await harness.look(rotated, operationId)).versions.length < 2) await pause(20);
  }
});
