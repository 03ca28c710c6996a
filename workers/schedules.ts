import { type Client, ScheduleAlreadyRunning, type ScheduleOptions, ScheduleOverlapPolicy } from '@temporalio/client';
import { TASK_QUEUES } from '../core/temporal/task-queues.ts';

type Interval = '1 minute' | '5 minutes' | '1 hour' | '1 day';

/** How long a run may take. */
const LONGEST = {
  '1 minute': '10 minutes',
  '5 minutes': '10 minutes',
  '1 hour': '55 minutes',
  '1 day': '10 hours',
} as const;

/**
 * A run that takes longer than the interval leaves the next one out; one that was missed is not made up for.
 * @param offset after the whole interval, in UTC
 */
function schedule(
  scheduleId: string,
  workflowType: string,
  every: Interval,
  offset: '0 hours' | '3 hours' = '0 hours',
) {
  return {
    scheduleId,
    spec: { intervals: [{ every, offset }], jitter: '10 seconds' },
    policies: { overlap: ScheduleOverlapPolicy.SKIP, catchupWindow: '1 minute' },
    action: {
      type: 'startWorkflow',
      workflowType,
      workflowId: scheduleId,
      taskQueue: TASK_QUEUES.control,
      workflowExecutionTimeout: LONGEST[every],
    },
  } as const satisfies ScheduleOptions;
}

const SCHEDULES = [
  schedule('housekeeping', 'keepHouse', '1 minute'),
  schedule('timed-writing', 'endTimedWriting', '1 minute'),
  schedule('grant-keeping', 'keepGrants', '1 hour'),
  schedule('traffic-rollup', 'rollUpTraffic', '1 minute'),
  schedule('log-retention', 'keepLogs', '1 hour'),
  schedule('audit-heads', 'exportAuditHeads', '1 hour'),
  schedule('due-rotations', 'startDueRotations', '5 minutes'),
  schedule('usage-limits', 'watchUsage', '5 minutes'),
  schedule('usage-reconciliation', 'reconcileUsage', '1 day', '3 hours'),
];

/** Makes the schedules, or brings older ones up to date. */
export async function ensureSchedules(client: Client): Promise<void> {
  await Promise.all(SCHEDULES.map((options) => ensureSchedule(client, options)));
}

async function ensureSchedule(client: Client, options: (typeof SCHEDULES)[number]): Promise<void> {
  try {
    await client.schedule.create(options);
  } catch (error) {
    if (!(error instanceof ScheduleAlreadyRunning)) throw error;
    await client.schedule.getHandle(options.scheduleId).update(({ state }) => ({
      ...options,
      state: { paused: state.paused, ...(state.note && { note: state.note }) },
    }));
  }
}
