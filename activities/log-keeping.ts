import { heartbeat } from '@temporalio/activity';
import type { LogKeeping } from '../core/store/log-keeping.ts';

export type LogKeepingActivities = ReturnType<typeof createLogKeepingActivities>;

/** What the workflows `keepLogs` and `rollUpTraffic` do; each may be done again at any time. */
export function createLogKeepingActivities({ logs }: { logs: LogKeeping }) {
  const onProgress = () => heartbeat();
  return {
    makeLogPartitionsAhead: (): Promise<void> => logs.makePartitionsAhead(),
    dropExpiredLogDays: (): Promise<void> => logs.dropExpiredDays(onProgress),
    deleteExpiredLogs: (): Promise<void> => logs.deleteExpired(onProgress),
    addUpTraffic: (): Promise<void> => logs.rollUpTraffic(onProgress),
    forgetOldTraffic: (): Promise<void> => logs.forgetOldTraffic(),
  };
}
