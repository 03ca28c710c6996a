import { randomUUID } from 'node:crypto';
import type pg from 'pg';
import type { Logger } from '../log.ts';
import { rowsTakenFrom } from './log-retention.ts';
import { openPool } from './pool.ts';
import { Outbox } from './request-log-outbox.ts';
import type { RequestLogRow } from './request-log-row.ts';
import { type NumberedRows, RequestLogUpload } from './request-log-upload.ts';
import { abandonedFolders } from './spool/abandoned-folders.ts';

const BATCH_MS = 250;
const LOOK_FOR_ABANDONED_MS = 30_000;

/** One transaction must be over by then; a connection that hangs longer is given up. */
const UPLOAD_MS = 15_000;

/** From here on rows go to disk although Postgres takes them, only too slowly. */
const SPILL_ROWS = 50_000;

/** Rows that only memory holds, where the disk fails too: beyond it the oldest are dropped and counted. */
export const LARGEST_BACKLOG_ROWS = 100_000;

/** SQLSTATE classes "data exception" and "integrity constraint violation": trying again would change nothing. */
const REFUSED_FOR_GOOD = /^2[23]/;

interface WaitingRow {
  row: RequestLogRow;
  onKept: (isKept: boolean) => void;
}

export interface RequestLogWriterOptions {
  databaseUrl: string;
  log: Logger;
  /** Where spool folders stand, shared by all relay processes of the machine. */
  spoolRoot: string;
}

/**
 * Writes request logs to Postgres in batches, four times a second. Invariant 10: while Postgres is away batches go to a
 * bounded spool on disk, which this process, or after its death another one, replays. Each batch has a number of this
 * writer's, kept in the transaction that writes it, so none is lost or counted twice once it is on disk.
 */
export class RequestLogWriter {
  /** Rows lost because neither Postgres nor the disk took them, or the disk does not give them back. */
  droppedRows = 0;

  readonly #log: Logger;
  readonly #pool: pg.Pool;
  readonly #spoolRoot: string;
  readonly #upload = new RequestLogUpload();
  readonly #outbox: Outbox;
  readonly #batchTimer: NodeJS.Timeout;
  readonly #adoptTimer: NodeJS.Timeout;
  #adopted: Outbox[] = [];
  #rows: RequestLogRow[] = [];
  #waiting: WaitingRow[] = [];
  #keeping: Promise<void> | null = null;
  #uploading: Promise<void> | null = null;
  #spilling: Promise<void> | null = null;
  #adopting: Promise<void> | null = null;
  #isAway = false;

  constructor({ databaseUrl, log, spoolRoot }: RequestLogWriterOptions) {
    this.#log = log;
    this.#spoolRoot = spoolRoot;
    this.#outbox = new Outbox(spoolRoot, randomUUID(), this.#onUnreadable);
    this.#pool = openPool({
      connectionString: databaseUrl,
      application_name: 'agentgateway-request-log',
      max: 1,
      connectionTimeoutMillis: 5_000,
      keepAlive: true,
    });
    this.#batchTimer = setInterval(() => this.#tick(), BATCH_MS);
    this.#adoptTimer = setInterval(() => this.#adoptSoon(), LOOK_FOR_ABANDONED_MS);
    this.#adoptSoon();
  }

  /** Never waits and never fails. */
  add(row: RequestLogRow): void {
    this.#rows.push(row);
  }

  /** Calls back when the row is on disk (true), or when the disk does not take it (false): it then waits in memory. */
  addDurable(row: RequestLogRow, onKept: (isKept: boolean) => void): void {
    this.#waiting.push({ row, onKept });
    this.#keeping ??= this.#keepWaiting().finally(() => {
      this.#keeping = null;
    });
  }

  get spooledRows(): number {
    return this.#outbox.rowCount - this.#outbox.unkeptRowCount;
  }

  /** Writes what is there; resolves when it is written, or on disk because Postgres did not take it. */
  async flush(): Promise<void> {
    await this.#adopting;
    await this.#uploading;
    this.#tick();
    await this.#uploading;
    if (this.#isAway) this.#spillSoon();
    await this.#spilling;
  }

  async close(): Promise<void> {
    clearInterval(this.#batchTimer);
    clearInterval(this.#adoptTimer);
    await this.#keeping;
    // First to disk: where Postgres does not answer, an upload may take longer than this process has left.
    this.#takeRows();
    await this.#outbox.spill().catch((error: Error) => this.#warn(error, 'request logs cannot be put on disk'));
    await this.flush();
    const lost = this.#outbox.unkeptRowCount;
    if (lost > 0) this.#log.error({ rows: lost }, 'request log rows are lost: neither database nor disk took them');
    const left = this.#outbox.rowCount - lost;
    if (left > 0)
      this.#log.warn({ rows: left }, 'request log rows wait on disk: the next relay that starts writes them');
    await Promise.all([this.#outbox, ...this.#adopted].map((outbox) => outbox.close()));
    await this.#pool.end();
  }

  #takeRows(): void {
    if (this.#rows.length === 0) return;
    this.#outbox.add(this.#rows);
    this.#rows = [];
  }

  #tick(): void {
    this.#takeRows();
    if (this.#isAway || this.#outbox.unkeptRowCount > SPILL_ROWS) this.#spillSoon();
    this.#uploading ??= this.#uploadAll().finally(() => {
      this.#uploading = null;
    });
  }

  async #uploadAll(): Promise<void> {
    try {
      await this.#empty(this.#outbox);
      for (const outbox of this.#adopted) await this.#empty(outbox);
      if (this.#isAway) this.#log.info('the database takes request logs again');
      this.#isAway = false;
    } catch (error) {
      if (!this.#isAway) this.#warn(error, 'request logs go to disk: the database does not take them');
      this.#isAway = true;
    }
  }

  async #empty(outbox: Outbox): Promise<void> {
    // Only what is there now, or one that fills as fast as it empties would keep the others waiting.
    const until = outbox.lastNumber;
    while (outbox.firstNumber <= until) {
      const batches = await outbox.next();
      await this.#writeTaken(outbox, batches);
      await outbox.release(Math.max(...batches.map(({ number }) => number)));
    }
    if (outbox === this.#outbox) return;
    this.#adopted = this.#adopted.filter((other) => other !== outbox);
    await outbox.close();
  }

  /** Writes all but rows of calls too long ago: whether they are in already may be forgotten (forgetOldLogWriters). */
  async #writeTaken(outbox: Outbox, batches: readonly NumberedRows[]): Promise<void> {
    const from = rowsTakenFrom(Date.now());
    const isTaken = ({ time }: RequestLogRow) => time >= from;
    const taken = batches.map((batch) =>
      batch.rows.every(isTaken) ? batch : { ...batch, rows: batch.rows.filter(isTaken) },
    );
    await this.#write(outbox, taken);
    const rest = countRows(batches) - countRows(taken);
    if (rest > 0) this.#drop(rest, 'request log rows are not written', new Error('their calls are too long ago'));
  }

  /** A batch that Postgres refuses for what is in it must not hold up all others. */
  async #write(outbox: Outbox, batches: readonly NumberedRows[]): Promise<void> {
    try {
      await this.#transact(outbox, batches);
    } catch (error) {
      if (!REFUSED_FOR_GOOD.test(String((error as pg.DatabaseError).code))) throw error;
      if (batches.length > 1) {
        for (const batch of batches) await this.#write(outbox, [batch]);
        return;
      }
      this.#drop(batches[0]?.rows.length ?? 0, 'the database refuses request log rows for good', error);
    }
  }

  async #transact(outbox: Outbox, batches: readonly NumberedRows[]): Promise<void> {
    const client = await this.#pool.connect();
    let lastBatch: number;
    try {
      const writing = this.#upload.write(client, outbox.writerId, batches, () => outbox.noteSent(batches));
      lastBatch = await withDeadline(writing, UPLOAD_MS);
      client.release();
    } catch (error) {
      // In whatever state the connection is, it is not used again.
      client.release(true);
      throw error;
    }
    // Those of a dead process are left out because it had written them.
    if (outbox !== this.#outbox) return;
    const unknown = await outbox.settleLeftOut(batches, lastBatch);
    if (unknown > 0)
      this.#drop(unknown, 'request log rows may be lost', new Error('another process took the spool over'));
  }

  #spillSoon(): void {
    this.#spilling ??= this.#spill().finally(() => {
      this.#spilling = null;
    });
  }

  async #spill(): Promise<void> {
    try {
      await this.#outbox.spill();
    } catch (error) {
      const dropped = this.#outbox.dropOldest(LARGEST_BACKLOG_ROWS);
      if (dropped > 0) this.#drop(dropped, 'request log rows are dropped: neither database nor disk takes them', error);
    }
  }

  async #keepWaiting(): Promise<void> {
    // Calls that end in the same turn of the event loop share a batch.
    await null;
    while (this.#waiting.length > 0) {
      const waiting = this.#waiting;
      this.#waiting = [];
      const batch = this.#outbox.add(waiting.map(({ row }) => row));
      const isKept = await this.#outbox.keep(batch).then(
        () => true,
        (error: Error) => {
          this.#warn(error, 'calls of agents with durable logs are cut: the disk does not take their rows');
          return false;
        },
      );
      for (const { onKept } of waiting) onKept(isKept);
    }
  }

  #adoptSoon(): void {
    this.#adopting ??= this.#adoptAbandoned().finally(() => {
      this.#adopting = null;
    });
  }

  async #adoptAbandoned(): Promise<void> {
    for (const folder of await abandonedFolders(this.#spoolRoot)) {
      try {
        this.#adopted.push(await Outbox.adopt(this.#spoolRoot, folder, this.#onUnreadable));
        this.#log.info({ writerId: folder.writerId }, 'took over the request logs of a process that ended');
      } catch (error) {
        // Another relay was faster.
        if ((error as NodeJS.ErrnoException).code !== 'ENOENT')
          this.#warn(error, 'request logs on disk cannot be read');
      }
    }
  }

  readonly #onUnreadable = (rows: number, error: Error) =>
    this.#drop(rows, 'request log rows on disk cannot be read and are lost: their file is kept in unreadable/', error);

  #drop(rows: number, message: string, error: unknown): void {
    this.droppedRows += rows;
    this.#log.error({ droppedRows: this.droppedRows, reason: (error as Error).message }, message);
  }

  #warn(error: unknown, message: string): void {
    this.#log.warn({ reason: (error as Error).message }, message);
  }
}

function countRows(batches: readonly NumberedRows[]): number {
  return batches.reduce((sum, { rows }) => sum + rows.length, 0);
}

/** Postgres may be there and not answer: then nobody else would ever say so. */
async function withDeadline<Outcome>(work: Promise<Outcome>, milliseconds: number): Promise<Outcome> {
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new Error(`the database did not answer within ${milliseconds / 1_000} s`)),
      milliseconds,
    );
  });
  try {
    return await Promise.race([work, deadline]);
  } finally {
    clearTimeout(timer);
  }
}
