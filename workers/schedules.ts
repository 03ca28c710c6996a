import {
  type Client,
  ScheduleAlreadyRunning,
  ScheduleNotFoundError,
  type ScheduleOptions,
  ScheduleOverlapPolicy,
} from '@temporalio/client';
import { type AlertShard, alertEvaluationId } from '../core/domain/alert-workflow.ts';
import { CHANNEL_KEEPING_SCHEDULE } from '../core/domain/channel-keeping.ts';
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
  { offset = '0 hours', args = [] }: { offset?: '0 hours' | '3 hours'; args?: unknown[] } = {},
) {
  return {
    scheduleId,
    spec: { intervals: [{ every, offset }], jitter: '10 seconds' },
    policies: { overlap: ScheduleOverlapPolicy.SKIP, catchupWindow: '1 minute' },
    action: {
      type: 'startWorkflow',
      workflowType,
      args,
      workflowId: scheduleId,
      taskQueue: TASK_QUEUES.control,
      workflowExecutionTimeout: LONGEST[every],
    },
  } as const satisfies ScheduleOptions;
}

const SCHEDULES = [
  schedule('housekeeping', 'keepHouse', '1 minute'),
  schedule('mailbox-keeping', 'keepMailboxes', '1 minute'),
  schedule('timed-writing', 'endTimedWriting', '1 minute'),
  schedule('grant-keeping', 'keepGrants', '1 hour'),
  schedule('traffic-rollup', 'rollUpTraffic', '1 minute'),
  schedule('health-scores', 'scoreAgents', '1 minute'),
  schedule('log-retention', 'keepLogs', '1 hour'),
  schedule('audit-heads', 'exportAuditHeads', '1 hour'),
  schedule('due-rotations', 'startDueRotations', '5 minutes'),
  schedule(CHANNEL_KEEPING_SCHEDULE, 'keepChannels', '1 minute'),
  schedule('usage-limits', 'watchUsage', '5 minutes'),
  schedule('usage-reconciliation', 'reconcileUsage', '1 day', { offset: '3 hours' }),
];

/** One for each part of the organizations, so that each part's rules are evaluated by one at a time. */
function alertSchedules(shards: number) {
  const all = Array.from({ length: shards }, (_, shard): AlertShard => ({ shard, shards }));
  return all.map((shard) => schedule(alertEvaluationId(shard), 'evaluateAlertRules', '1 minute', { args: [shard] }));
}

/**
 * Makes the schedules, or brings older ones up to date.
 * @param alertShards into how many parts organizations are divided for the evaluation of their alert rules
 */
export async function ensureSchedules(client: Client, alertShards = 1): Promise<void> {
  const schedules = [...SCHEDULES, ...alertSchedules(alertShards)];
  await Promise.all(schedules.map((options) => ensureSchedule(client, options)));
  await endAlertSchedulesFrom(client, alertShards);
}

/** Those of an earlier division into more parts. */
async function endAlertSchedulesFrom(client: Client, shard: number): Promise<void> {
  for (let next = shard; ; next += 1) {
    try {
      await client.schedule.getHandle(alertEvaluationId({ shard: next })).delete();
    } catch (error) {
      if (error instanceof ScheduleNotFoundError) return;
      throw error;
    }
  }
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
