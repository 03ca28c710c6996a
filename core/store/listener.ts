import pg from 'pg';
import type { Logger } from '../log.ts';
import { endConnection } from './end-connection.ts';

export interface Listener {
  close(): Promise<void>;
}

const RECONNECT_MS = 1_000;
/** How often Postgres is asked for a sign of life: a connection that was lost without a word tells nothing, as one without news. */
const PULSE_MS = 5_000;
const ANSWER_MS = 5_000;

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
  /** Of what is done next: the next sign of life, or the next connection. */
  let next: NodeJS.Timeout | undefined;

  function reconnectLater(lost: pg.Client): void {
    if (closed || client !== lost) return;
    client = undefined;
    clearTimeout(next);
    void endConnection(lost);
    next = setTimeout(connect, RECONNECT_MS);
  }

  async function pulse(asked: pg.Client): Promise<void> {
    try {
      await asked.query('SELECT');
      if (!closed && client === asked) next = setTimeout(pulse, PULSE_MS, asked);
    } catch {
      reconnectLater(asked);
    }
  }

  async function connect(): Promise<void> {
    const opening = new pg.Client({
      connectionString: databaseUrl,
      application_name: 'agentgateway-feed',
      keepAlive: true,
      connectionTimeoutMillis: ANSWER_MS,
      query_timeout: ANSWER_MS,
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
      await pulse(opening);
    } catch (error) {
      log.warn({ reason: (error as Error).message, channel }, 'a feed lost the database and tries again');
      reconnectLater(opening);
    }
  }
  void connect();

  return {
    async close() {
      closed = true;
      clearTimeout(next);
      if (client !== undefined) await endConnection(client);
    },
  };
}
