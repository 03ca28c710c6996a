import { expect, test } from '@jest/globals';
import { ApplicationFailure } from '@temporalio/common';
import { pino } from 'pino';
import { createTemporalLogger } from '../../workers/temporal-logger.ts';

test('invariant 1: a failed activity is logged by its kind, without what its error says', () => {
  const lines: string[] = [];
  const logger = createTemporalLogger(pino({ level: 'trace' }, { write: (line: string) => lines.push(line) }));
  const cause = Object.assign(new Error('upstream said sk_live_0123456789'), { code: 'ECONNRESET' });
  const error = ApplicationFailure.create({ message: 'sk_live_0123456789', type: 'UpstreamFailed', cause });
  logger.warn('Activity failed', { activityType: 'probe', error });
  expect(lines.join()).not.toContain('sk_live');
  expect(JSON.parse(lines[0] ?? '')).toMatchObject({
    msg: 'Activity failed',
    activityType: 'probe',
    error: 'ApplicationFailure UpstreamFailed < Error ECONNRESET',
  });
});
