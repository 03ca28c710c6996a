import { setTimeout as pause } from 'node:timers/promises';
import type { Client } from '@temporalio/client';

/** Lets a schedule start its workflow now, and waits for its end. */
export async function runSchedule(client: Client, scheduleId: string): Promise<void> {
  const schedule = client.schedule.getHandle(scheduleId);
  const before = (await schedule.describe()).info.numActionsTaken;
  await schedule.trigger();
  for (;;) {
    const { numActionsTaken, recentActions } = (await schedule.describe()).info;
    const action = recentActions.at(-1)?.action;
    if (numActionsTaken > before && action?.type === 'startWorkflow') {
      const { workflowId, firstExecutionRunId } = action.workflow;
      await client.workflow.getHandle(workflowId, firstExecutionRunId).result();
      return;
    }
    await pause(20);
  }
}
