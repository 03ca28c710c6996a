import { expect, test } from '@jest/globals';
import { latencyBucket, latencyOfBucket } from '../../../core/domain/latency-histogram.ts';

test('a bucket tells each latency in it with an error of at most 4.8 %, up to a month', () => {
  let largest = 0;
  for (let latency = 1; latency < 2 ** 31; latency = Math.ceil(latency * 1.003)) {
    largest = Math.max(largest, Math.abs(latencyOfBucket(latencyBucket(latency)) - latency) / latency);
  }
  expect(largest).toBeLessThanOrEqual(0.1 / 2.1 + 1e-9);
});

test('buckets rise with latencies, and nothing took no time', () => {
  expect([0, 1, 2, 3, 10, 100].map(latencyBucket)).toEqual([0, 1, 9, 13, 26, 50]);
  expect(latencyOfBucket(0)).toBe(0);
});
