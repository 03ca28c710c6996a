import { type Client, ScheduleAlreadyRunning, type ScheduleOptions, ScheduleOverlapPolicy } from '@temporalio/client';
import { TASK_QUEUES } from '../core/temporal/task-queues.ts';

const HOUSEKEEPING = {
  scheduleId: 'housekeeping',
  spec: { intervals: [{ every: '1 minute' }] },
  policies: { overlap: ScheduleOverlapPolicy.SKIP, catchupWindow: '1 minute' },
  action: {
    type: 'startWorkflow',
    workflowType: 'keepHouse',
    workflowId: 'housekeeping',
    taskQueue: TASK_QUEUES.control,
    workflowExecutionTimeout: '10 minutes',
  },
} as const satisfies ScheduleOptions;

/** Makes the schedule of the housekeeping, or brings an older one up to date. */
export async function ensureSchedules(client: Client): Promise<void> {
  try {
    await client.schedule.create(HOUSEKEEPING);
  } catch (error) {
    if (!(error instanceof ScheduleAlreadyRunning)) throw error;
    await client.schedule.getHandle(HOUSEKEEPING.scheduleId).update(({ state }) => ({
      ...HOUSEKEEPING,
      state: { paused: state.paused, ...(state.note && { note: state.note }) },
    }));
  }
}
