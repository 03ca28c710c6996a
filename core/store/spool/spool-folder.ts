import { randomUUID } from 'node:crypto';
import { mkdir, open, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { NumberedRows } from '../request-log-upload.ts';
import { decodeFrames, encodeFrame } from './frames.ts';
import { giveSignOfLife, isStillHeld, removeHolder, SIGN_OF_LIFE_MS, writeHolder } from './holder.ts';
import { SpoolFile } from './spool-file.ts';

const FILE_BYTES = 16 * 1_048_576;
const KEPT_FILE_BYTES = 1_048_576;

/** Rows beyond it are refused, and counted by whoever wanted to keep them. */
export const LARGEST_SPOOL_BYTES = 512 * 1_048_576;

/** Where a batch stands. */
export interface Place {
  file: SpoolFile;
  offset: number;
  length: number;
}

const TAKEN = 'another process took the spool over';

/** The spool was another process' before anything was written. */
export class SpoolTakenError extends Error {
  constructor() {
    super(TAKEN);
  }
}

interface WaitingBatch {
  number: number;
  frame: Buffer;
  resolve: (place: Place) => void;
  reject: (error: unknown) => void;
}

/**
 * One writer's batches on disk: what Postgres did not take, and what must be safe before a call's answer ends. A process
 * that finds the folder of a dead one (isHolderDead) takes it over; two that do so at once harm nothing, because each
 * batch's number guards it. Nobody may take over a living one's folder, so each append makes sure that nobody did.
 */
export class SpoolFolder {
  readonly writerId: string;
  readonly #path: string;
  readonly #claim: string;
  readonly #signOfLife: NodeJS.Timeout;
  /** The oldest first; only the last one is appended to. */
  #files: SpoolFile[] = [];
  #waiting: WaitingBatch[] = [];
  #appending: Promise<void> | null = null;
  #written = 0;
  #isLost = false;
  #isFull = false;

  private constructor(path: string, writerId: string, claim: string) {
    this.#path = path;
    this.writerId = writerId;
    this.#claim = claim;
    this.#signOfLife = setInterval(() => giveSignOfLife(path).catch(() => {}), SIGN_OF_LIFE_MS).unref();
  }

  /** A new folder below `root`. It gets its name when its holder stands in it, so that nobody takes it for a dead one's. */
  static async create(root: string, writerId: string): Promise<SpoolFolder> {
    const name = `${writerId}.${randomUUID().slice(0, 8)}`;
    const unfinished = join(root, `.${name}`);
    await mkdir(unfinished, { recursive: true, mode: 0o700 });
    const claim = await writeHolder(unfinished);
    await rename(unfinished, join(root, name));
    await syncFolder(root);
    return new SpoolFolder(join(root, name), writerId, claim);
  }

  /**
   * Takes over a dead holder's folder; gives its batches in the order of their numbers, and how many rows are damaged.
   * @throws Error when it cannot be read; whoever looks next may take it
   */
  static async adopt(path: string, writerId: string) {
    const claim = await writeHolder(path);
    const folder = new SpoolFolder(path, writerId, claim);
    try {
      return { folder, ...(await folder.#readBatches()) };
    } catch (error) {
      await folder.close();
      await removeHolder(path, claim);
      throw error;
    }
  }

  async #readBatches() {
    const batches = new Map<number, { place: Place; rowCount: number }>();
    let damagedRows = 0;
    for (const name of (await readdir(this.#path)).filter((file) => file.endsWith('.frames'))) {
      const file = await SpoolFile.open(join(this.#path, name));
      this.#files.push(file);
      const onDamage = (rows: number) => {
        file.isDamaged = true;
        damagedRows += rows;
      };
      for (const { batch, offset, length } of decodeFrames(await file.readAll(), onDamage)) {
        file.lastNumber = Math.max(file.lastNumber, batch.number);
        batches.set(batch.number, { place: { file, offset, length }, rowCount: batch.rows.length });
      }
    }
    const sorted = [...batches].sort(([one], [other]) => one - other);
    return { batches: sorted.map(([number, found]) => ({ number, ...found })), damagedRows };
  }

  /** Another process took it over, which only happens to one that stood still for a minute: nothing more goes in. */
  get isLost(): boolean {
    return this.#isLost;
  }

  /** Whether it is lost, looked up now. */
  async isTaken(): Promise<boolean> {
    this.#isLost ||= !(await isStillHeld(this.#path, this.#claim));
    return this.#isLost;
  }

  get bytes(): number {
    return this.#files.reduce((sum, file) => sum + file.bytes, 0);
  }

  /**
   * Resolves when the batch is on disk. Batches that come while others are being written share the next write.
   * @throws Error when the spool is full or the disk fails; the batch is then not kept
   */
  append(batch: NumberedRows): Promise<Place> {
    return new Promise((resolve, reject) => {
      // Asked again and again for all that waits: that must not cost more than this look.
      if (this.#isFull) throw new Error('the spool is full');
      this.#waiting.push({ number: batch.number, frame: encodeFrame(batch), resolve, reject });
      this.#appending ??= this.#appendWaiting();
    });
  }

  /** Batches up to this number are in Postgres: files that hold no others go. */
  async releaseThrough(number: number): Promise<void> {
    if (this.#appending !== null) return;
    // A small file is appended to further: making one costs more than its room.
    const isWorthIt = (file: SpoolFile) =>
      file.bytes >= KEPT_FILE_BYTES || file.isDamaged || file !== this.#files.at(-1);
    const over = this.#files.filter((file) => file.lastNumber <= number && isWorthIt(file));
    if (over.length === 0) return;
    this.#files = this.#files.filter((file) => !over.includes(file));
    this.#isFull = false;
    await Promise.all(over.map((file) => file.remove()));
  }

  /** Lets go of the folder; what is in it waits for the next process. */
  async close(): Promise<void> {
    clearInterval(this.#signOfLife);
    await this.#appending;
    await Promise.all(this.#files.map((file) => file.close()));
  }

  /** Ends the folder: all of it is in Postgres. */
  async remove(): Promise<void> {
    clearInterval(this.#signOfLife);
    await this.#appending;
    await Promise.all(this.#files.map((file) => file.remove()));
    await rm(this.#path, { recursive: true, force: true });
  }

  async #appendWaiting(): Promise<void> {
    // What comes in the same turn of the event loop goes along.
    await null;
    while (this.#waiting.length > 0) {
      const batches = this.#waiting;
      this.#waiting = [];
      try {
        if (await this.isTaken()) throw new SpoolTakenError();
        const file = await this.#fileFor(batches);
        let offset = await file.append(batches.map(({ frame }) => frame));
        // Whether it was read from there meanwhile nobody knows.
        if (await this.isTaken()) throw new Error(TAKEN);
        for (const { number, frame, resolve } of batches) {
          file.lastNumber = Math.max(file.lastNumber, number);
          resolve({ file, offset, length: frame.length });
          offset += frame.length;
        }
      } catch (error) {
        for (const { reject } of batches) reject(error);
      }
    }
    // In the same turn in which nothing waited any more, or what comes next would wait for nobody.
    this.#appending = null;
  }

  async #fileFor(batches: readonly WaitingBatch[]): Promise<SpoolFile> {
    const length = batches.reduce((sum, { frame }) => sum + frame.length, 0);
    this.#isFull = this.bytes + length > LARGEST_SPOOL_BYTES;
    if (this.#isFull) throw new Error('the spool is full');
    const last = this.#files.at(-1);
    if (last !== undefined && !last.isBroken && last.bytes < FILE_BYTES) return last;
    // A full disk breaks one file after the other: those that hold nothing do not pile up.
    if (last?.isBroken && last.bytes === 0) await this.#files.pop()?.remove();
    this.#written += 1;
    const file = await SpoolFile.create(join(this.#path, `${String(this.#written).padStart(6, '0')}.frames`));
    await syncFolder(this.#path);
    this.#files.push(file);
    return file;
  }
}

/** @throws Error when the disk does not give back what was written */
export async function readBatch({ file, offset, length }: Place): Promise<NumberedRows> {
  try {
    const [frame] = decodeFrames(await file.read(offset, length), () => {});
    if (frame === undefined) throw new Error('it is not what was written');
    return frame.batch;
  } catch (error) {
    file.isDamaged = true;
    throw new Error(`a batch in ${file.path}: ${(error as Error).message}`);
  }
}

/** A new file's name is on disk only when its folder is. */
async function syncFolder(path: string): Promise<void> {
  const handle = await open(path);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
