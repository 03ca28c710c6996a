import type pg from 'pg';
import type { Logger } from '../../core/log.ts';
import { openPool } from '../../core/store/pool.ts';

const HEARTBEAT_MS = 2_000;

const UPSERT = `
  INSERT INTO relay_process (id, last_heartbeat_at, snapshot_xid, in_flight, unusable_versions)
  VALUES ($1, now(), $2, $3, $4)
  ON CONFLICT (id) DO UPDATE SET last_heartbeat_at = now(), snapshot_xid = excluded.snapshot_xid,
    in_flight = excluded.in_flight, unusable_versions = excluded.unusable_versions`;

/**
 * What the heartbeat tells: which changes are applied, which new versions of rotations cannot be sent all the same, and the
 * calls under way to agents that refuse new ones.
 */
export interface RelayState {
  snapshotXid: string;
  unusableVersions: string[];
  inFlight: Record<string, number>;
}

/** Tells the control plane every 2 s what this process has applied: rotations and deletions wait for it. */
export class Heartbeat {
  readonly #processId: string;
  readonly #pool: pg.Pool;
  readonly #state: () => RelayState;
  readonly #log: Logger;
  #timer: NodeJS.Timeout | undefined;
  #sending: Promise<void> | null = null;
  #isDue = false;

  constructor(databaseUrl: string, processId: string, state: () => RelayState, log: Logger) {
    this.#pool = openPool({
      connectionString: databaseUrl,
      application_name: 'agentgateway-relay-heartbeat',
      max: 1,
      connectionTimeoutMillis: 5_000,
      query_timeout: 5_000,
    });
    this.#processId = processId;
    this.#state = state;
    this.#log = log;
  }

  start(): void {
    this.#timer = setInterval(() => this.beat(), HEARTBEAT_MS);
  }

  /** Sends the present state; while one is on its way, once more after it. */
  beat(): void {
    this.#isDue = true;
    this.#sending ??= this.#send().finally(() => {
      this.#sending = null;
    });
  }

  /** A clean stop leaves no row behind: nobody need wait for this process. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.#sending;
    await this.#pool.query('DELETE FROM relay_process WHERE id = $1', [this.#processId]).catch(() => {});
    await this.#pool.end();
  }

  async #send(): Promise<void> {
    while (this.#isDue) {
      this.#isDue = false;
      const { snapshotXid, inFlight, unusableVersions } = this.#state();
      try {
        await this.#pool.query(UPSERT, [this.#processId, snapshotXid, JSON.stringify(inFlight), unusableVersions]);
      } catch (error) {
        this.#log.debug({ reason: (error as Error).message }, 'the heartbeat did not reach the database');
      }
    }
  }
}
