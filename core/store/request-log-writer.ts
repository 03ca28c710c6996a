import { randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import pg from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import type { Logger } from '../log.ts';
import { COPY_COLUMNS, copyLine } from './request-log-copy.ts';
import type { RequestLogRow } from './request-log-row.ts';

const FLUSH_MS = 250;
const FLUSH_ROWS = 1_000;
const LARGEST_BATCH_ROWS = 10_000;
const UNIQUE_VIOLATION = '23505';

/** Rows kept while Postgres is away; beyond it the oldest are dropped and counted. */
export const LARGEST_BACKLOG_ROWS = 100_000;

const NOTE_USES = `
  INSERT INTO last_use (subject_id, organization_id, last_used_at)
  SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::timestamptz[])
  ON CONFLICT (subject_id) DO UPDATE SET last_used_at = greatest(last_use.last_used_at, excluded.last_used_at)`;

interface Batch {
  id: string;
  /** YYYY-MM-DD, UTC. */
  day: string;
  rows: RequestLogRow[];
}

/** Writes request logs in batches: COPY into the day's partition. `add` never waits and never fails. */
export class RequestLogWriter {
  /** Rows lost because Postgres was away for too long. */
  droppedRows = 0;

  readonly #pool: pg.Pool;
  readonly #log: Logger;
  readonly #timer: NodeJS.Timeout;
  readonly #partitions = new Map<string, string>();
  #rows: RequestLogRow[] = [];
  /** Taken out of `#rows`, not yet known to be written. */
  #batch: Batch | null = null;
  #flushing: Promise<void> | null = null;

  constructor(databaseUrl: string, log: Logger) {
    this.#log = log;
    this.#pool = new pg.Pool({
      connectionString: databaseUrl,
      application_name: 'agentgateway-request-log',
      max: 1,
      connectionTimeoutMillis: 5_000,
    });
    // A lost connection fails the query under way, which is where it is dealt with.
    this.#pool.on('error', () => {}).on('connect', (client) => client.on('error', () => {}));
    this.#timer = setInterval(() => this.#flushSoon(), FLUSH_MS);
  }

  add(row: RequestLogRow): void {
    this.#rows.push(row);
    if (this.#rows.length > LARGEST_BACKLOG_ROWS) this.#dropOldest();
    // Exactly then: while Postgres is away the timer alone tries again.
    else if (this.#rows.length === FLUSH_ROWS) this.#flushSoon();
  }

  /** Writes what is there; resolves when it is written or Postgres refused it. */
  async flush(): Promise<void> {
    await this.#flushing;
    this.#flushSoon();
    await this.#flushing;
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.flush();
    const left = this.#rows.length + (this.#batch?.rows.length ?? 0);
    if (left > 0) this.#log.error({ rows: left }, 'request log rows are lost: the database was away at the end');
    await this.#pool.end();
  }

  #flushSoon(): void {
    this.#flushing ??= this.#flushAll().finally(() => {
      this.#flushing = null;
    });
  }

  async #flushAll(): Promise<void> {
    try {
      for (;;) {
        this.#batch ??= this.#nextBatch();
        if (this.#batch === null) return;
        await this.#write(this.#batch);
        this.#batch = null;
      }
    } catch (error) {
      this.#log.warn({ reason: (error as Error).message }, 'request logs wait: the database did not take them');
    }
  }

  /** The oldest rows of one day. */
  #nextBatch(): Batch | null {
    const [first] = this.#rows;
    if (first === undefined) return null;
    const day = dayOf(first);
    const other = this.#rows.findIndex((row) => dayOf(row) !== day);
    const length = Math.min(other === -1 ? this.#rows.length : other, LARGEST_BATCH_ROWS);
    return { id: randomUUID(), day, rows: this.#rows.splice(0, length) };
  }

  /**
   * One transaction with a row for the batch: where it is unknown whether an earlier try committed, the batch's ID
   * tells, and no row is written twice. COPY goes to the partition, since Postgres refuses it on a table with row-level
   * security (invariant 7).
   */
  async #write(batch: Batch): Promise<void> {
    const client = await this.#pool.connect();
    try {
      const partition = await this.#partitionOf(batch.day, client);
      await client.query('BEGIN');
      await client.query('INSERT INTO request_log_batch (id, day, rows) VALUES ($1, $2, $3)', [
        batch.id,
        batch.day,
        batch.rows.length,
      ]);
      const copy = client.query(copyFrom(`COPY ${partition} (${COPY_COLUMNS}) FROM STDIN`));
      // A lost connection tells it once more after the pipeline has ended.
      copy.on('error', () => {});
      await pipeline(Readable.from([batch.rows.map(copyLine).join('')]), copy);
      await client.query(NOTE_USES, usesOf(batch.rows));
      await client.query('COMMIT');
      client.release();
    } catch (error) {
      // In whatever state the connection is, it is not used again.
      client.release(true);
      if ((error as pg.DatabaseError).code !== UNIQUE_VIOLATION) throw error;
    }
  }

  async #partitionOf(day: string, client: pg.PoolClient): Promise<string> {
    const known = this.#partitions.get(day);
    if (known !== undefined) return known;
    const { rows } = await client.query<{ name: string }>('SELECT ensure_request_log_partition($1) AS name', [day]);
    const name = pg.escapeIdentifier(rows[0]?.name ?? '');
    this.#partitions.set(day, name);
    return name;
  }

  #dropOldest(): void {
    this.#rows.splice(0, FLUSH_ROWS);
    this.droppedRows += FLUSH_ROWS;
    this.#log.error(
      { droppedRows: this.droppedRows },
      'request log rows are dropped: the database is away for too long',
    );
  }
}

function dayOf(row: RequestLogRow): string {
  return new Date(row.time).toISOString().slice(0, 10);
}

/** The parameters of NOTE_USES: agents, agent keys and credential versions with their latest use. */
function usesOf(rows: readonly RequestLogRow[]): [subjects: string[], organizations: string[], times: Date[]] {
  const uses = new Map<string, RequestLogRow>();
  for (const row of rows) {
    for (const subject of [row.agentId, row.agentKeyId, ...row.credentialVersionIds]) {
      if (subject !== null && (uses.get(subject)?.time ?? 0) <= row.time) uses.set(subject, row);
    }
  }
  // One order for all writers: two upserts that meet wait instead of deadlocking.
  const subjects = [...uses.keys()].sort();
  const latest = subjects.map((subject) => uses.get(subject) as RequestLogRow);
  return [subjects, latest.map((row) => row.organizationId), latest.map((row) => new Date(row.time))];
}
