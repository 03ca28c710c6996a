/** One task queue a kind of work, one worker file a task queue. */
export const TASK_QUEUES = {
  /** The control plane's workflows and all that they do in our own database. */
  control: 'control',
} as const;
