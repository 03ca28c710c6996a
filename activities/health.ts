import { heartbeat } from '@temporalio/activity';
import type { JobsDatabase } from '../core/store/jobs-database.ts';

export type HealthActivities = ReturnType<typeof createHealthActivities>;

/** What the workflow `scoreAgents` does; it may be done again at any time. */
export function createHealthActivities(jobs: JobsDatabase) {
  return {
    keepHealthScores: (): Promise<void> => jobs.keepHealthScores(new Date(), () => heartbeat()),
  };
}
