import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type SkippingHarness, startSkippingHarness } from '../rotation/skipping-harness.ts';
import { describeNeeding } from '../servers/describe-needing.ts';

describeNeeding(['java', 'mvn'], 'a relay that cannot use the new value', () => {
  // On a server of its own: the times in rows are real, so no other test may have skipped any before.
  let harness: SkippingHarness;
  beforeAll(async () => {
    harness = await startSkippingHarness();
  });
  afterAll(() => harness?.stop());

  test('for half an hour sends the rotation back', async () => {
    const rotated = await harness.seedRotated();
    harness.hooks.lookAtCanary = () => harness.unableRelay(rotated);
    const { operationId, workflow } = await harness.rotate(rotated.caller, rotated.credentialId);
    const before = await harness.temporal.currentTimeMs();
    await workflow.result();
    expect((await harness.temporal.currentTimeMs()) - before).toBeGreaterThan(1_800_000);
    expect((await harness.look(rotated, operationId)).operation).toMatchObject({
      status: 'rolled_back',
      error: { detail: expect.stringContaining('cannot be used by 1 relay process') },
      canary: { new: { calls: 0 }, relays_unable: 1 },
    });
    expect(harness.provider.keys.active).toEqual([rotated.key]);
  });
});
