import type pg from 'pg';
import { deleteExpiredLogs, dropExpiredLogDays, forgetOldLogWriters, makeLogPartitionsAhead } from './log-retention.ts';
import { forgetOldTraffic, rollUpTraffic } from './traffic-rollup.ts';

/** What keeps request logs and traffic in order, across organizations, with the jobs' own role. */
export interface LogKeeping {
  makePartitionsAhead(): Promise<void>;
  /** Days that no plan keeps, and writers of long ago. @param onProgress called after each day */
  dropExpiredDays(onProgress: () => void): Promise<void>;
  /** Logs of organizations whose plan keeps them for less long than others'. */
  deleteExpired(onProgress: () => void): Promise<void>;
  rollUpTraffic(onProgress: () => void): Promise<void>;
  forgetOldTraffic(): Promise<void>;
}

export function createLogKeeping(pool: pg.Pool): LogKeeping {
  return {
    makePartitionsAhead: () => makeLogPartitionsAhead(pool),
    async dropExpiredDays(onProgress) {
      await dropExpiredLogDays(pool, onProgress);
      await forgetOldLogWriters(pool);
    },
    deleteExpired: (onProgress) => deleteExpiredLogs(pool, onProgress),
    rollUpTraffic: (onProgress) => rollUpTraffic(pool, onProgress),
    forgetOldTraffic: () => forgetOldTraffic(pool),
  };
}
