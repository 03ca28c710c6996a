import { EventEmitter } from 'node:events';
import type { Logger } from '../log.ts';
import { listenTo } from './listener.ts';

export interface OperationFeed {
  /** Resolves when the operation's row changed, the time is over or the signal fires: look at the row again. */
  changed(operationId: string, milliseconds: number, signal: AbortSignal): Promise<void>;
  close(): Promise<void>;
}

/** Listens for changed operation rows; while the connection is down, waiters look again each second. */
export function openOperationFeed(databaseUrl: string, log: Logger): OperationFeed {
  const changes = new EventEmitter().setMaxListeners(0);
  const listener = listenTo(databaseUrl, 'operation', { onTold: (id) => changes.emit(id) }, log);
  return {
    changed: (operationId, milliseconds, signal) =>
      new Promise((resolve) => {
        const done = () => {
          clearTimeout(timer);
          changes.off(operationId, done);
          signal.removeEventListener('abort', done);
          resolve();
        };
        // Also the safety net for a change that fell between two connections.
        const timer = setTimeout(done, Math.min(milliseconds, 1_000));
        changes.once(operationId, done);
        signal.addEventListener('abort', done, { once: true });
        if (signal.aborted) done();
      }),
    close: () => listener.close(),
  };
}
