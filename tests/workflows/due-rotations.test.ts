import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { actorOf } from '../../core/domain/caller.ts';
import { DEFAULT_ROTATION } from '../../core/domain/rotation.ts';
import { invoke } from '../../core/operations/invoke.ts';
import { updateCredential } from '../../core/operations/update-credential.ts';
import { acceptRotation } from '../../core/services/credential-rotations.ts';
import type { Prisma } from '../../core/store/generated/client.ts';
import { TASK_QUEUES } from '../../core/temporal/task-queues.ts';
import { type SkippingHarness, startSkippingHarness } from '../rotation/skipping-harness.ts';
import { describeNeeding } from '../servers/describe-needing.ts';
import { startMailServer } from '../servers/mail-server.ts';

const DAY_MS = 86_400_000;

describeNeeding(['java', 'mvn'], 'rotation by policy', () => {
  let harness: SkippingHarness;
  let mail: Awaited<ReturnType<typeof startMailServer>>;

  beforeAll(async () => {
    mail = await startMailServer();
    harness = await startSkippingHarness({ SMTP_URL: mail.url });
  });
  afterAll(async () => {
    await harness?.stop();
    await mail?.stop();
  });

  /** As the schedule does, twice a day. */
  async function live(days: number): Promise<void> {
    for (let half = 0; half < days * 2; half++) {
      await harness.temporal.sleep('12 hours');
      const workflow = await harness.client.workflow.start('startDueRotations', {
        taskQueue: TASK_QUEUES.control,
        workflowId: `due-${crypto.randomUUID()}`,
      });
      // Asking for its result would let time run on, to wherever the next timer of any workflow is.
      let status = 'RUNNING';
      for (; status === 'RUNNING'; status = (await workflow.describe()).status.name) await pause(10);
      expect(status).toBe('COMPLETED');
    }
  }

  const rows = (organizationId: string, credentialId: string) =>
    harness.dependencies.database.inOrganization(organizationId, async (transaction) => ({
      operations: await transaction.operation.findMany({ where: { targetId: credentialId } }),
      notices: await transaction.alert.findMany({ where: { targetId: credentialId }, orderBy: { firedAt: 'asc' } }),
      credential: await transaction.credential.findUniqueOrThrow({ where: { id: credentialId } }),
    }));

  test('three months of "every 30 days" rotate three times, and each leaves one working key', async () => {
    const rotated = await harness.seedRotated();
    const { caller, organizationId, credentialId } = rotated;
    const input = { credential: credentialId, rotation_policy: { every_days: 30 } };
    await invoke(updateCredential, { caller, input }, harness.dependencies);
    await live(95);
    const { operations, credential } = await rows(organizationId, credentialId);
    expect(operations.map(({ status }) => status)).toEqual(['succeeded', 'succeeded', 'succeeded']);
    expect(operations.map(({ requestedBy }) => (requestedBy as { kind: string }).kind)).toEqual(
      Array(3).fill('system'),
    );
    expect(harness.provider.keys.active).toHaveLength(1);
    expect(credential.rotationDueAt?.getTime()).toBeGreaterThan(await harness.temporal.currentTimeMs());
  });

  test('one whose last rotation is still being cancelled waits for its turn, and keeps nothing else from its own', async () => {
    const { caller, organizationId, credentialId } = await harness.seedRotated();
    const input = { credential: credentialId, rotation_policy: { every_days: 30 } };
    await invoke(updateCredential, { caller, input }, harness.dependencies);
    const { database } = harness.dependencies;
    const { operation } = await database.inOrganization(organizationId, async (transaction) => {
      const credential = await transaction.credential.findUniqueOrThrow({ where: { id: credentialId } });
      const asked = { requestedBy: actorOf(caller), requestedPersonId: caller.person.id };
      return acceptRotation(transaction, { credential, settings: DEFAULT_ROTATION, ...asked });
    });
    const change = (data: Prisma.OperationUpdateInput) =>
      database.inOrganization(organizationId, (transaction) =>
        transaction.operation.update({ where: { id: operation.id }, data }),
      );
    await change({ cancelRequest: { by: 'Ada', at: new Date().toISOString() } });
    await live(32);
    expect((await rows(organizationId, credentialId)).operations).toHaveLength(1);
    await change({ status: 'cancelled', finishedAt: new Date() });
    await live(2);
    const { operations } = await rows(organizationId, credentialId);
    expect(operations.map(({ status }) => status).toSorted()).toEqual(['cancelled', 'succeeded']);
  });

  test('a credential that expires without a policy is reminded of once for each reminder', async () => {
    const { caller, organizationId, credentialId } = await harness.seedRotated();
    const expires_at = new Date((await harness.temporal.currentTimeMs()) + 9 * DAY_MS).toISOString();
    const input = { credential: credentialId, expires_at, rotation_policy: { remind_days_before: [7, 1] } };
    await invoke(updateCredential, { caller, input }, harness.dependencies);
    await live(12);
    const { notices, operations } = await rows(organizationId, credentialId);
    expect(operations).toEqual([]);
    expect(notices.map(({ occasion, state }) => [occasion?.split('/')[1], state])).toEqual([
      ['7 days before', 'resolved'],
      ['1 days before', 'firing'],
    ]);
    expect(await mail.nextMail()).toContain('A credential expires');
  });
});
