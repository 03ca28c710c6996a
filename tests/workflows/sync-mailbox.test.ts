import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { MAILBOX_SYNC_WORKFLOW, pauseAfter, type WatchOutcome } from '../../core/domain/mailbox-sync.ts';
import { TASK_QUEUES } from '../../core/temporal/task-queues.ts';
import { runTestWorker } from '../servers/control-worker.ts';
import { describeNeeding } from '../servers/describe-needing.ts';
import { startTimeSkipping } from '../servers/time-skipping.ts';

describeNeeding(['java', 'mvn'], 'syncMailbox', () => {
  let temporal: TestWorkflowEnvironment;
  beforeAll(async () => {
    temporal = await startTimeSkipping({});
  });
  afterAll(() => temporal?.teardown());

  /** @returns when each watch began, in seconds since the first */
  async function watches(outcomes: WatchOutcome[]): Promise<number[]> {
    const { client, nativeConnection: connection } = temporal;
    const times: number[] = [];
    const workflowId = `mailbox-sync/${Math.random()}`;
    const watchMailbox = async (): Promise<WatchOutcome> => {
      times.push(Number(await temporal.currentTimeMs()));
      return outcomes[times.length - 1] ?? { outcome: 'gone' };
    };
    const worker = await runTestWorker({ connection, client, dataConverter: undefined, activities: { watchMailbox } });
    try {
      const args = [{ organizationId: 'organization', mailboxId: 'mailbox' }];
      await client.workflow.execute(MAILBOX_SYNC_WORKFLOW, { args, workflowId, taskQueue: TASK_QUEUES.control });
      return times.map((time) => Math.round((time - (times[0] ?? 0)) / 1_000));
    } finally {
      await worker.stop();
    }
  }

  const lost = { outcome: 'lost', livedSeconds: 0 } as const;

  test('a server that is away is tried again, more and more rarely', async () => {
    const times = await watches(Array.from({ length: 14 }, () => lost));
    const gaps = times.slice(1).map((time, at) => time - (times[at] ?? 0));
    expect(gaps.length).toBe(14);
    expect(Math.max(...gaps.slice(0, 3))).toBeLessThanOrEqual(6);
    expect(Math.min(...gaps.slice(10))).toBeGreaterThanOrEqual(200);
    expect(Math.max(...gaps)).toBeLessThanOrEqual(376);
  });

  test('it goes on as a new run after a hundred watches, and ends with its mailbox', async () => {
    expect(await watches(Array.from({ length: 120 }, () => ({ outcome: 'again' as const })))).toHaveLength(121);
  });

  test('a refused sign-in waits for a quarter of an hour', async () => {
    const [, waited = 0] = await watches([{ outcome: 'refused' }]);
    expect(waited).toBeGreaterThanOrEqual(900);
  });
});

test('a connection that served well is made again at once', () => {
  expect(pauseAfter({ outcome: 'lost', livedSeconds: 600 }, 9, 0.5)).toEqual({ seconds: 1, failures: 1 });
  expect(pauseAfter({ outcome: 'again' }, 3, 0.5)).toEqual({ seconds: 0, failures: 0 });
});
