import pg from 'pg';
import type { Logger } from '../log.ts';

export interface Listener {
  close(): Promise<void>;
}

const RECONNECT_MS = 1_000;

/**
 * Listens to one of Postgres' channels on one direct connection, and connects again where it is lost. What is told
 * meanwhile is lost.
 * @param heard.onListening each time that the connection stands
 */
export function listenTo(
  databaseUrl: string,
  channel: 'operation' | 'change',
  heard: { onTold(payload: string): void; onListening?(): void },
  log: Logger,
): Listener {
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
    opening.on('notification', ({ payload }) => heard.onTold(payload ?? ''));
    try {
      await opening.connect();
      await opening.query(`LISTEN ${channel}`);
      heard.onListening?.();
    } catch (error) {
      log.warn({ reason: (error as Error).message, channel }, 'a feed lost the database and tries again');
      reconnectLater(opening);
    }
  }
  void connect();

  return {
    async close() {
      closed = true;
      clearTimeout(retry);
      await client?.end().catch(() => {});
    },
  };
}
