import { EventEmitter } from 'node:events';
import pg from 'pg';
import type { Logger } from '../log.ts';

export interface OperationFeed {
  /** Resolves when the operation's row changed, the time is over or the signal fires: look at the row again. */
  changed(operationId: string, milliseconds: number, signal: AbortSignal): Promise<void>;
  close(): Promise<void>;
}

const RECONNECT_MS = 1_000;

/** Listens on one direct connection for changed operation rows; while it is down, waiters look again each second. */
export function openOperationFeed(databaseUrl: string, log: Logger): OperationFeed {
  const changes = new EventEmitter().setMaxListeners(0);
  let client: pg.Client | undefined;
  let closed = false;
  let retry: NodeJS.Timeout | undefined;

  function reconnectLater(lost: pg.Client): void {
    if (closed || client !== lost) return;
    client = undefined;
    lost.end().catch(() => {});
    retry = setTimeout(connect, RECONNECT_MS);
  }

  async function connect(): Promise<void> {
    const opening = new pg.Client({
      connectionString: databaseUrl,
      application_name: 'agentgateway-feed',
      keepAlive: true,
    });
    client = opening;
    // A killed connection tells it twice.
    opening.on('error', () => reconnectLater(opening));
    opening.on('end', () => reconnectLater(opening));
    opening.on('notification', ({ payload }) => changes.emit(payload ?? ''));
    try {
      await opening.connect();
      await opening.query('LISTEN operation');
    } catch (error) {
      log.warn({ reason: (error as Error).message }, 'the operation feed lost the database and tries again');
      reconnectLater(opening);
    }
  }
  void connect();

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
    async close() {
      closed = true;
      clearTimeout(retry);
      await client?.end().catch(() => {});
    },
  };
}
