import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import type { WorkflowHandle } from '@temporalio/client';
import { cancelOperation } from '../../core/operations/cancel-operation.ts';
import { invoke } from '../../core/operations/invoke.ts';
import { storeStagedVersion } from '../../core/services/credential-versions.ts';
import { failOperation } from '../../core/services/long-running.ts';
import { stepsOf } from '../../core/services/operations.ts';
import { NO_FAULTS } from '../rotation/servers/provider-keys.ts';
import { type SkippingHarness, startSkippingHarness } from '../rotation/skipping-harness.ts';
import { describeNeeding } from '../servers/describe-needing.ts';

describeNeeding(['java', 'mvn'], 'the rotation of a credential', () => {
  let harness: SkippingHarness;

  beforeAll(async () => {
    harness = await startSkippingHarness();
  });
  afterAll(() => harness?.stop());

  afterEach(() => {
    for (const name of Object.keys(harness.hooks)) delete harness.hooks[name];
    Object.assign(harness.provider.faults, NO_FAULTS);
  });

  /** The keys of a rotated credential that the provider still accepts. */
  const acceptedKeys = (since: Date) => harness.provider.keys.active.filter(({ createdAt }) => createdAt >= since);

  /**
   * Waits for its first timer, which no time is skipped to unless somebody waits for a result. The server skips no time
   * any more once an activity was under way in a workflow that was terminated.
   */
  async function untilItRests(workflow: WorkflowHandle): Promise<void> {
    while (!(await workflow.fetchHistory()).events?.some((event) => event.timerStartedEventAttributes)) await pause(10);
  }

  // The first: later the skipped clock is days ahead of the rows’, and what fails for a day is asked of a person.
  test('a revocation that fails for an hour is made all the same', async () => {
    const since = new Date();
    const rotated = await harness.seedRotated();
    harness.provider.faults.failRevoke = 65;
    const { operationId, workflow } = await harness.rotate(rotated.caller, rotated.credentialId);
    const before = await harness.temporal.currentTimeMs();
    await workflow.result();
    expect((await harness.temporal.currentTimeMs()) - before).toBeGreaterThan(3_600_000);
    const { operation } = await harness.look(rotated, operationId);
    expect(operation.status).toBe('succeeded');
    const revoke = stepsOf(operation).find(({ name }) => name === 'revoke');
    expect(revoke?.attempts).toMatchObject([{ times: 65, why: expect.stringContaining('answered 500') }]);
    expect(acceptedKeys(since)).toHaveLength(1);
    expect(rotated.key.active).toBe(false);
  });

  test('without any call: verified, cut over, drained, the old key revoked and proven refused', async () => {
    const since = new Date();
    const rotated = await harness.seedRotated();
    const { operationId, workflow } = await harness.rotate(rotated.caller, rotated.credentialId);
    await workflow.result();
    const { operation, credential, versions, actions } = await harness.look(rotated, operationId);
    expect(operation).toMatchObject({ status: 'succeeded', result: { old_key_kept_at_provider: false } });
    expect(operation.steps).toMatchObject(
      ['stage', 'verify', 'canary', 'cut_over', 'drain', 'revoke'].map((name) => ({ name, status: 'done' })),
    );
    expect(versions).toMatchObject([{ state: 'revoked' }, { state: 'current' }]);
    expect(credential.rotation).toBeNull();
    expect(acceptedKeys(since)).toHaveLength(1);
    expect(rotated.key.active).toBe(false);
    expect(actions).toEqual(
      expect.arrayContaining(['begin_canary', 'cut_over', 'begin_drain', 'revoke_version', 'finish_rotation']),
    );
  });

  test('a canary that is refused what the old key may do goes back', async () => {
    const since = new Date();
    const rotated = await harness.seedRotated();
    harness.hooks.lookAtCanary = () =>
      harness.tellEvidence(rotated, { new: { calls: 3, refused: 3, blames: 3 }, old: { calls: 60 } });
    const { operationId, workflow } = await harness.rotate(rotated.caller, rotated.credentialId);
    await workflow.result();
    const { operation, versions, credential } = await harness.look(rotated, operationId);
    expect(operation).toMatchObject({
      status: 'rolled_back',
      error: { code: 'rotation_failed', detail: expect.stringContaining('refused with the new value') },
      canary: { new: { blames: 3 } },
    });
    expect(versions).toMatchObject([{ state: 'current' }, { state: 'revoked' }]);
    expect(credential.rotation).toBeNull();
    expect(acceptedKeys(since)).toEqual([rotated.key]);
  });

  test('a new key that does not work is never given to a call', async () => {
    const since = new Date();
    const rotated = await harness.seedRotated();
    harness.provider.faults.mintBroken = 1;
    const { operationId, workflow } = await harness.rotate(rotated.caller, rotated.credentialId);
    await workflow.result();
    const { operation, actions } = await harness.look(rotated, operationId);
    expect(operation.status).toBe('rolled_back');
    expect(actions).not.toContain('begin_canary');
    expect(acceptedKeys(since)).toEqual([rotated.key]);
  });

  test.each([
    'stageVersion',
    'verifyVersion',
    'beginCanary',
    'lookAtCanary',
    'cutOver',
    'lookAtCutOver',
    'beginDrain',
    'lookAtDrain',
    'releaseOldVersion',
  ])('cancelled before %s it goes back, and the old key works', async (activity) => {
    const since = new Date();
    const rotated = await harness.seedRotated();
    const { caller, credentialId } = rotated;
    const asked = Promise.withResolvers<string>();
    harness.hooks[activity] = async () => {
      delete harness.hooks[activity];
      await invoke(cancelOperation, { caller, input: { operation: await asked.promise } }, harness.dependencies);
    };
    const { operationId, workflow } = await harness.rotate(caller, credentialId);
    asked.resolve(operationId);
    await workflow.result();
    const { operation, versions, credential } = await harness.look(rotated, operationId);
    expect(operation).toMatchObject({ status: 'cancelled' });
    expect(versions[0]).toMatchObject({ state: 'current' });
    expect(versions.slice(1).every(({ state }) => state === 'revoked')).toBe(true);
    expect(credential.rotation).toBeNull();
    expect(acceptedKeys(since)).toEqual([rotated.key]);
  });

  test('a version that an earlier failure left staged is ended first', async () => {
    const since = new Date();
    const rotated = await harness.seedRotated();
    const leftover = harness.provider.keys.make('left over');
    const { organizationId, credentialId, caller } = rotated;
    await harness.dependencies.database.inOrganization(organizationId, (transaction) =>
      storeStagedVersion(transaction, harness.dependencies.vault, {
        credentialId,
        operationId: '01998c5e-7d3a-7b1e-9c55-0d6f3a1b2c4d',
        value: leftover.value,
        providerReference: { id: leftover.id },
        createdBy: caller.person.id,
      }),
    );
    const { operationId, workflow } = await harness.rotate(caller, credentialId);
    await workflow.result();
    const { operation, versions } = await harness.look(rotated, operationId);
    expect(operation.status).toBe('succeeded');
    expect(versions.map(({ state }) => state)).toEqual(['revoked', 'revoked', 'current']);
    expect(acceptedKeys(since)).toHaveLength(1);
    expect(leftover.active).toBe(false);
  });

  test('a rotation that was ended from outside half-way is cleared up by the next, once every relay has heard', async () => {
    const since = new Date();
    const rotated = await harness.seedRotated();
    const { organizationId, credentialId, caller } = rotated;
    const first = await harness.rotate(caller, credentialId, { canary_seconds: 3_600 });
    await untilItRests(first.workflow);
    await first.workflow.terminate();
    await harness.dependencies.database.inOrganization(organizationId, (transaction) =>
      failOperation(transaction, first.operationId, { code: 'internal', detail: 'It was terminated.' }),
    );
    const relay = await harness.silentRelay(1);
    let looks = 0;
    harness.hooks.stageVersion = async () => {
      looks += 1;
      expect(acceptedKeys(since)).toHaveLength(2);
      if (looks === 3) await relay.deregister();
    };
    const second = await harness.rotate(caller, credentialId);
    await second.workflow.result();
    const { operation, versions, credential } = await harness.look(rotated, second.operationId);
    expect(operation.status).toBe('succeeded');
    expect(versions.map(({ state }) => state)).toEqual(['revoked', 'revoked', 'current']);
    expect(credential.rotation).toBeNull();
    expect(acceptedKeys(since)).toHaveLength(1);
  });

  test('a second request joins the first and says so', async () => {
    const rotated = await harness.seedRotated();
    const first = await harness.rotate(rotated.caller, rotated.credentialId);
    const second = await harness.rotate(rotated.caller, rotated.credentialId);
    expect(second.operationId).toBe(first.operationId);
    expect([first.answer.joined, second.answer.joined]).toEqual([false, true]);
    await first.workflow.result();
    expect((await harness.look(rotated, first.operationId)).versions).toHaveLength(2);
  });

  test('a relay that has been silent keeps the old key from being revoked until it is known to be gone', async () => {
    const rotated = await harness.seedRotated();
    const relay = await harness.silentRelay(100);
    let looks = 0;
    harness.hooks.lookAtCutOver = async () => {
      looks += 1;
      expect(rotated.key.active).toBe(true);
      if (looks === 5) await relay.deregister();
    };
    const { operationId, workflow } = await harness.rotate(rotated.caller, rotated.credentialId);
    await workflow.result();
    expect(looks).toBeGreaterThan(5);
    expect((await harness.look(rotated, operationId)).operation.status).toBe('succeeded');
  });
});
