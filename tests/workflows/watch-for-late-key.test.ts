import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import type pg from 'pg';
import { lateKeyWorkflowId } from '../../core/domain/late-key.ts';
import { rotationMarker } from '../../core/domain/rotators.ts';
import { type SkippingHarness, startSkippingHarness } from '../rotation/skipping-harness.ts';
import { describeNeeding } from '../servers/describe-needing.ts';

describeNeeding(['java', 'mvn'], 'a provider whose call to make a key was given up', () => {
  let harness: SkippingHarness;
  let superuser: pg.Client;

  beforeAll(async () => {
    harness = await startSkippingHarness();
    superuser = await harness.superuser();
  });
  afterAll(async () => {
    await superuser?.end();
    await harness?.stop();
  });
  afterEach(() => {
    for (const name of Object.keys(harness.hooks)) delete harness.hooks[name];
  });

  /** A rotation whose first call to make a key broke off without a key; the time in which one could come has passed. */
  async function rotatedAtSecondTry() {
    const since = new Date();
    const rotated = await harness.seedRotated();
    harness.provider.faults.refuseMint = 1;
    harness.hooks.stageVersion = () =>
      superuser.query(
        `UPDATE mint_attempt SET plan = plan || '{"planned_at": "2026-01-01T00:00:00Z"}' WHERE credential_id = $1`,
        [rotated.credentialId],
      );
    const { operationId, workflow } = await harness.rotate(rotated.caller, rotated.credentialId);
    await workflow.result();
    const { rows } = await superuser.query(
      `SELECT id FROM mint_attempt WHERE credential_id = $1 AND outcome = 'lost'`,
      [rotated.credentialId],
    );
    expect(rows).toHaveLength(1);
    const watch = harness.client.workflow.getHandle(lateKeyWorkflowId({ mintAttemptId: rows[0].id }));
    return { since, rotated, operationId, watch };
  }

  test('makes it late: it is ended within a minute, and the key in use is not', async () => {
    const { since, rotated, operationId, watch } = await rotatedAtSecondTry();
    const late = harness.provider.keys.make(rotationMarker(operationId));
    let looks = 0;
    harness.hooks.lookForLateKey = () => {
      looks += 1;
    };
    await watch.result();
    // The timer that ran already, and thirty seconds at most.
    expect(looks).toBeLessThanOrEqual(2);
    expect(late.active).toBe(false);
    const { versions, actions } = await harness.look(rotated, operationId);
    const inUse = versions.find(({ state }) => state === 'current')?.providerReference;
    const accepted = harness.provider.keys.active.filter(({ createdAt }) => createdAt >= since);
    expect(accepted.map(({ id }) => ({ id }))).toEqual([inUse]);
    expect(actions).toContain('revoke_late_key');
  });

  test('is not asked for more than an hour, and a person is told where it would not tell', async () => {
    const { rotated, watch } = await rotatedAtSecondTry();
    await superuser.query(
      `UPDATE credential SET rotator = jsonb_set(rotator, '{find,request,url}', '"http://127.0.0.1:1/keys"') WHERE id = $1`,
      [rotated.credentialId],
    );
    await watch.result();
    const { rows } = await superuser.query('SELECT kind, text FROM alert WHERE target_id = $1', [rotated.credentialId]);
    expect(rows).toEqual([{ kind: 'key_left', text: expect.stringContaining('made late') }]);
  });
});
