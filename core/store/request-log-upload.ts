import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import pg from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import { DAY_MS } from '../domain/times.ts';
import { countTraffic } from './count-traffic.ts';
import { countPlanUse, noteUses } from './note-uses.ts';
import { COPY_COLUMNS, copyLine } from './request-log-copy.ts';
import type { RequestLogRow } from './request-log-row.ts';

/** Rows that are written all or not at all. A writer numbers its batches upwards and writes them in that order. */
export interface NumberedRows {
  number: number;
  rows: readonly RequestLogRow[];
}

const ROWS_A_PIECE = 250;

// Takes the writer's row for this transaction: an earlier try whose end nobody heard of is over when this returns.
const LOCK_WRITER = `
  INSERT INTO request_log_writer AS writer (id) VALUES ($1)
  ON CONFLICT (id) DO UPDATE SET last_batch = writer.last_batch RETURNING last_batch`;

/** Writes batches of request logs, and all that is counted of them, to Postgres. */
export class RequestLogUpload {
  /** By day. */
  readonly #partitions = new Map<number, string>();

  /**
   * Writes batches in one transaction. The number of the writer's last batch is part of it: those that are in already
   * are left out, so a batch may be sent again whenever its end is unknown, by whoever holds it.
   * @param beforeCommit called when the next thing to do may write them
   * @returns the number of the last batch that was in before: those up to it were left out
   */
  async write(
    client: pg.ClientBase,
    writerId: string,
    batches: readonly NumberedRows[],
    beforeCommit: () => void = () => {},
  ): Promise<number> {
    // Before the transaction: within it, two writers that each make a day's partition could wait for one another.
    for (const day of new Set(batches.flatMap(({ rows }) => rows.map(dayOf)))) await this.#ensurePartition(day, client);
    await client.query('BEGIN');
    const { rows: found } = await client.query<{ last_batch: string }>(LOCK_WRITER, [writerId]);
    const lastBatch = Number(found[0]?.last_batch);
    const fresh = batches.filter(({ number }) => number > lastBatch);
    const rows = fresh.flatMap((batch) => batch.rows);
    if (rows.length > 0) {
      await this.#copy(client, rows);
      await countPlanUse(client, rows);
      await noteUses(client, rows);
      // Last, because others wait for these rows.
      await countTraffic(client, rows);
      const number = Math.max(...fresh.map((batch) => batch.number));
      await client.query('UPDATE request_log_writer SET last_batch = $2, written_at = now() WHERE id = $1', [
        writerId,
        number,
      ]);
      beforeCommit();
    }
    await client.query('COMMIT');
    return lastBatch;
  }

  async #copy(client: pg.ClientBase, rows: readonly RequestLogRow[]): Promise<void> {
    for (const [day, ofDay] of Map.groupBy(rows, dayOf)) {
      const copy = client.query(copyFrom(`COPY ${this.#partitions.get(day)} (${COPY_COLUMNS}) FROM STDIN`));
      // A lost connection tells it once more after the pipeline has ended.
      copy.on('error', () => {});
      try {
        await pipeline(Readable.from(copyText(ofDay)), copy);
      } catch (error) {
        // The partition may have been dropped: the next try makes it again.
        this.#partitions.delete(day);
        throw error;
      }
    }
  }

  async #ensurePartition(day: number, client: pg.ClientBase): Promise<void> {
    if (this.#partitions.has(day)) return;
    const { rows } = await client.query<{ name: string }>('SELECT ensure_request_log_partition($1) AS name', [
      new Date(day * DAY_MS).toISOString().slice(0, 10),
    ]);
    this.#partitions.set(day, pg.escapeIdentifier(rows[0]?.name ?? ''));
  }
}

/** Piece by piece: calls go on between them, and what a piece was made of is gone before it costs the collector anything. */
function* copyText(rows: readonly RequestLogRow[]): Generator<string> {
  for (let i = 0; i < rows.length; i += ROWS_A_PIECE) {
    const piece = rows.slice(i, i + ROWS_A_PIECE);
    yield piece.map(copyLine).join('');
  }
}

/** Whole days since the epoch. */
function dayOf(row: RequestLogRow): number {
  return Math.floor(row.time / DAY_MS);
}
