import type { WorkflowHandle } from '@temporalio/client';

/** One path through a workflow: what its activities answer, and what happens to it from outside. */
export interface Path {
  workflowType: string;
  args: unknown[];
  activities: Record<string, (...args: never[]) => Promise<unknown>>;
  /** Called when an activity of this name runs. */
  during?: { activity: string; act(workflow: WorkflowHandle): Promise<unknown> };
  /** Called when the workflow waits for its timer. */
  whileWaiting?(workflow: WorkflowHandle): Promise<unknown>;
}
