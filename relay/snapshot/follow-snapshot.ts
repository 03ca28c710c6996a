import pg from 'pg';
import { endConnection } from '../../core/store/end-connection.ts';
import { Alarm } from './alarm.ts';
import { noChanges, noteChange } from './changes.ts';
import { FROM_THE_BEGINNING, readChanges, type SnapshotReading } from './read-snapshot.ts';

const REREAD_MS = 5_000;
const FULL_READ_MS = 3_600_000;
const FIRST_RETRY_MS = 250;
const LONGEST_RETRY_MS = 5_000;

/**
 * Keeps the snapshot current: listens on one direct connection and reads on it what changed at each notification,
 * every 5 s as a safety net, and everything at the start, every hour and after a lost connection (whose
 * notifications are lost too).
 */
export class SnapshotFollower {
  /** Every change of transactions below this ID is applied. */
  appliedXid = FROM_THE_BEGINNING;

  readonly #databaseUrl: string;
  readonly #reading: Omit<SnapshotReading, 'client'>;
  readonly #onApplied: () => void;
  readonly #alarm = new Alarm();
  #named = noChanges();
  #stopped = false;
  #client: pg.Client | null = null;
  #connectionLost = false;
  #running: Promise<void> = Promise.resolve();

  /** @param onApplied called after each reading */
  constructor(databaseUrl: string, reading: Omit<SnapshotReading, 'client'>, onApplied: () => void) {
    this.#databaseUrl = databaseUrl;
    this.#reading = reading;
    this.#onApplied = onApplied;
  }

  start(): void {
    this.#running = this.#run();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#alarm.ring();
    await this.#running;
  }

  async #run(): Promise<void> {
    let retryMs = FIRST_RETRY_MS;
    while (!this.#stopped) {
      const client = this.#newClient();
      this.#client = client;
      this.#connectionLost = false;
      try {
        await client.connect();
        await client.query('LISTEN relay_snapshot');
        await this.#follow(client, () => {
          retryMs = FIRST_RETRY_MS;
        });
      } catch (error) {
        this.#reading.log.warn(
          { reason: (error as Error).message },
          'the relay lost its database and goes on from memory',
        );
      }
      this.#client = null;
      await endConnection(client);
      // The lost connection has rung too; only an order to stop may shorten the pause.
      this.#alarm.clear();
      if (!this.#stopped) await this.#alarm.wait(retryMs);
      retryMs = Math.min(retryMs * 2, LONGEST_RETRY_MS);
    }
  }

  /** Reads until the relay stops; throws when the connection is lost. */
  async #follow(client: pg.Client, onRead: () => void): Promise<void> {
    let fullReadAt = 0;
    while (!this.#stopped && !this.#connectionLost) {
      const named = this.#named;
      this.#named = noChanges();
      const now = Date.now();
      const isDue = now - fullReadAt >= FULL_READ_MS;
      const sinceXid = isDue ? FROM_THE_BEGINNING : this.appliedXid;
      this.appliedXid = await readChanges({ ...this.#reading, client }, sinceXid, named);
      if (isDue) fullReadAt = now;
      this.#reading.snapshot.confirm(now);
      this.#onApplied();
      onRead();
      await this.#alarm.wait(REREAD_MS);
    }
    if (this.#connectionLost) throw new Error('the connection was closed');
  }

  #newClient(): pg.Client {
    const client = new pg.Client({
      connectionString: this.#databaseUrl,
      application_name: 'agentgateway-relay',
      keepAlive: true,
      connectionTimeoutMillis: 5_000,
      query_timeout: 60_000,
    });
    const lost = () => {
      if (this.#client !== client) return;
      this.#connectionLost = true;
      this.#alarm.ring();
    };
    // A killed connection tells it twice.
    client.on('error', lost).on('end', lost);
    client.on('notification', ({ payload }) => {
      noteChange(this.#named, payload ?? '');
      this.#alarm.ring();
    });
    return client;
  }
}
