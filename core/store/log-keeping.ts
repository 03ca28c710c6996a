import type pg from 'pg';
import { deleteExpiredLogs, dropExpiredLogDays, makeLogPartitionsAhead } from './log-retention.ts';
import { forgetOldTraffic, rollUpTraffic } from './traffic-rollup.ts';

/** What keeps request logs and traffic in order, across organizations, with the jobs' own role. */
export interface LogKeeping {
  makePartitionsAhead(): Promise<void>;
  /** Days that no plan keeps. @param onProgress called after each */
  dropExpiredDays(onProgress: () => void): Promise<void>;
  /** Logs of organizations whose plan keeps them for less long than others'. */
  deleteExpired(onProgress: () => void): Promise<void>;
  rollUpTraffic(onProgress: () => void): Promise<void>;
  forgetOldTraffic(): Promise<void>;
}

export function createLogKeeping(pool: pg.Pool): LogKeeping {
  return {
    makePartitionsAhead: () => makeLogPartitionsAhead(pool),
    dropExpiredDays: (onProgress) => dropExpiredLogDays(pool, onProgress),
    deleteExpired: (onProgress) => deleteExpiredLogs(pool, onProgress),
    rollUpTraffic: (onProgress) => rollUpTraffic(pool, onProgress),
    forgetOldTraffic: () => forgetOldTraffic(pool),
  };
}
