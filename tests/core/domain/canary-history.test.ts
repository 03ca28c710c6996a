import { expect, test } from '@jest/globals';
import { type CanarySample, withSample } from '../../../core/domain/canary-history.ts';
import { NO_EVIDENCE } from '../../../core/domain/rotation-verdict.ts';

test('samples reach back to the first, in order, however many there were; what stays the same adds none', () => {
  let samples: CanarySample[] = [];
  for (let look = 1; look <= 1_000; look += 1) {
    const evidence = { new: { ...NO_EVIDENCE, calls: look, refused: 1, errors: 2 }, old: NO_EVIDENCE };
    samples = withSample(samples, evidence, look * 1_000);
    samples = withSample(samples, evidence, look * 1_000 + 1);
    expect(samples.length).toBeLessThanOrEqual(48);
    expect(samples.at(-1)?.new).toEqual({ calls: look, bad: 3 });
  }
  expect(samples[0]?.new.calls).toBe(1);
  const calls = samples.map((sample) => sample.new.calls);
  expect(calls).toEqual(calls.toSorted((one, other) => one - other));
});
