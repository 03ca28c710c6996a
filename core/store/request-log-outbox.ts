import type { RequestLogRow } from './request-log-row.ts';
import type { NumberedRows } from './request-log-upload.ts';
import { type Place, readBatch, SpoolFolder, SpoolTakenError } from './spool/spool-folder.ts';

/** The most that goes to Postgres in one transaction. */
const LARGEST_UPLOAD_ROWS = 10_000;

interface PendingBatch {
  readonly number: number;
  rowCount: number;
  /** null: on disk only. */
  rows: readonly RequestLogRow[] | null;
  place: Place | null;
  /** Where it was to go, also if it may have come there only. */
  folder: SpoolFolder | null;
}

/** One writer's batches that are not known to be in Postgres, in the order of their numbers: in memory, on disk, or both. */
export class Outbox {
  readonly writerId: string;
  readonly #root: string;
  readonly #onUnreadable: (rows: number, error: Error) => void;
  #folder: Promise<SpoolFolder> | null = null;
  #batches: PendingBatch[] = [];
  #lastNumber = 0;
  /** Up to this number this process may have written them. */
  #lastSent = 0;

  /**
   * @param root the folder of all spool folders; one of this writer's own is made below it when first needed
   * @param onUnreadable told of rows that the disk does not give back: they are lost, and those behind them go on
   */
  constructor(root: string, writerId: string, onUnreadable: (rows: number, error: Error) => void) {
    this.#root = root;
    this.writerId = writerId;
    this.#onUnreadable = onUnreadable;
  }

  /** The batches that a dead process left behind. */
  static async adopt(
    root: string,
    { path, writerId }: { path: string; writerId: string },
    onUnreadable: (rows: number, error: Error) => void,
  ): Promise<Outbox> {
    const { folder, batches, damagedRows } = await SpoolFolder.adopt(path, writerId);
    if (damagedRows > 0) onUnreadable(damagedRows, new Error(`batches in ${path} are damaged`));
    const outbox = new Outbox(root, writerId, onUnreadable);
    outbox.#folder = Promise.resolve(folder);
    outbox.#batches = batches.map((batch) => ({ ...batch, rows: null, folder }));
    outbox.#lastNumber = batches.at(-1)?.number ?? 0;
    return outbox;
  }

  get isEmpty(): boolean {
    return this.#batches.length === 0;
  }

  /** Of the oldest batch; infinite where there is none. */
  get firstNumber(): number {
    return this.#batches[0]?.number ?? Number.POSITIVE_INFINITY;
  }

  get lastNumber(): number {
    return this.#lastNumber;
  }

  get rowCount(): number {
    return this.#batches.reduce((sum, batch) => sum + batch.rowCount, 0);
  }

  /** Rows that only memory holds. */
  get unkeptRowCount(): number {
    return this.#batches.reduce((sum, { place, rowCount }) => sum + (place === null ? rowCount : 0), 0);
  }

  add(rows: readonly RequestLogRow[]): PendingBatch {
    this.#lastNumber += 1;
    const batch: PendingBatch = {
      number: this.#lastNumber,
      rowCount: rows.length,
      rows,
      place: null,
      folder: null,
    };
    this.#batches.push(batch);
    return batch;
  }

  /**
   * Puts a batch on disk. It stays in memory too.
   * @throws Error when the disk does not take it
   */
  async keep(batch: PendingBatch): Promise<void> {
    const { number, rows } = batch;
    if (rows === null || batch.place !== null) return;
    const folder = await this.#openFolder();
    batch.folder = folder;
    try {
      batch.place = await folder.append({ number, rows });
    } catch (error) {
      if (error instanceof SpoolTakenError) batch.folder = null;
      throw error;
    } finally {
      // What stands in it is still read from there; what comes goes into a new one.
      if (folder.isLost) this.#folder = null;
    }
  }

  /** Puts all batches on disk and frees their memory. */
  async spill(): Promise<void> {
    await Promise.all(
      this.#batches.map(async (batch) => {
        await this.keep(batch);
        batch.rows = null;
      }),
    );
  }

  /** The oldest batches, as many as one transaction takes. One that cannot be read is empty from then on. */
  async next(): Promise<NumberedRows[]> {
    const group: NumberedRows[] = [];
    let rowCount = 0;
    for (const batch of this.#batches) {
      if (group.length > 0 && rowCount + batch.rowCount > LARGEST_UPLOAD_ROWS) break;
      rowCount += batch.rowCount;
      const { number, rows, place } = batch;
      if (rows !== null) group.push({ number, rows });
      else if (place !== null) group.push(await this.#read(batch, place));
    }
    return group;
  }

  async #read(batch: PendingBatch, place: Place): Promise<NumberedRows> {
    try {
      return await readBatch(place);
    } catch (error) {
      this.#onUnreadable(batch.rowCount, error as Error);
      return Object.assign(batch, { rows: [], rowCount: 0, place: null });
    }
  }

  /** From now on these may be in Postgres, whether this process hears of it or not. */
  noteSent(batches: readonly NumberedRows[]): void {
    this.#lastSent = Math.max(this.#lastSent, ...batches.map(({ number }) => number));
  }

  /**
   * Batches that were left out because a later one was in. Where another process took the spool over, which only happens
   * to one that stood still for a minute, that says nothing about those that did not stand in it: they get new numbers.
   * @returns how many rows are left of which nobody knows whether they are in
   */
  async settleLeftOut(batches: readonly NumberedRows[], lastBatch: number): Promise<number> {
    // What this process wrote last it wrote with all before it.
    if (lastBatch <= this.#lastSent) return 0;
    const numbers = new Set(batches.map(({ number }) => number));
    let unknown = 0;
    for (const batch of this.#batches.filter(({ number }) => number <= lastBatch && numbers.has(number))) {
      const wasTaken = batch.folder !== null && (await batch.folder.isTaken());
      // The other process found it there.
      if (wasTaken && batch.place !== null) continue;
      if (wasTaken || batch.number <= this.#lastSent) unknown += batch.rowCount;
      else this.add(batch.rows ?? (batch.place === null ? [] : (await this.#read(batch, batch.place)).rows));
    }
    return unknown;
  }

  /** All batches up to this number are settled. */
  async release(number: number): Promise<void> {
    this.#batches = this.#batches.filter((batch) => batch.number > number);
    const folder = await this.#folder?.catch(() => null);
    await folder?.releaseThrough(number);
  }

  /** Forgets the oldest batches that only memory holds, until so many rows are left. @returns the rows forgotten */
  dropOldest(rowsLeft: number): number {
    let excess = this.unkeptRowCount - rowsLeft;
    let dropped = 0;
    this.#batches = this.#batches.filter(({ place, rowCount }) => {
      if (excess <= 0 || place !== null) return true;
      excess -= rowCount;
      dropped += rowCount;
      return false;
    });
    return dropped;
  }

  /** What is on disk stays there for the next process; an empty folder goes. */
  async close(): Promise<void> {
    const folder = await this.#folder?.catch(() => null);
    await (this.isEmpty ? folder?.remove() : folder?.close());
  }

  async #openFolder(): Promise<SpoolFolder> {
    this.#folder ??= SpoolFolder.create(this.#root, this.writerId);
    try {
      return await this.#folder;
    } catch (error) {
      // The next batch tries again.
      this.#folder = null;
      throw error;
    }
  }
}
