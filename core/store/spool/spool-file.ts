import { constants } from 'node:fs';
import { type FileHandle, open, rm } from 'node:fs/promises';
import { setAside } from './set-aside.ts';

/** The disk is asked for so much at a time: what it cannot give back is no more than that. */
const PIECE_BYTES = 65_536;

/** One file of frames. Appending ends for good at the first failure, so that nothing ever stands behind a torn frame. */
export class SpoolFile {
  readonly path: string;
  readonly #handle: FileHandle;
  bytes = 0;
  /** The highest batch number in it. */
  lastNumber = 0;
  /** Something in it cannot be read: it is worth keeping. */
  isDamaged = false;
  #broken = false;

  private constructor(path: string, handle: FileHandle) {
    this.path = path;
    this.#handle = handle;
  }

  /** Makes a new file. */
  static async create(path: string): Promise<SpoolFile> {
    const { O_CREAT, O_EXCL, O_RDWR } = constants;
    return new SpoolFile(path, await open(path, O_CREAT | O_EXCL | O_RDWR, 0o600));
  }

  /** Opens a file for reading. */
  static async open(path: string): Promise<SpoolFile> {
    return new SpoolFile(path, await open(path, 'r'));
  }

  /** No more can be appended. */
  get isBroken(): boolean {
    return this.#broken || this.isDamaged;
  }

  /** Appends and waits until it is on disk. @returns the offset of the first byte */
  async append(buffers: Buffer[]): Promise<number> {
    const offset = this.bytes;
    const length = buffers.reduce((sum, buffer) => sum + buffer.length, 0);
    try {
      const { bytesWritten } = await this.#handle.writev(buffers, offset);
      if (bytesWritten !== length) throw new Error('the disk took only a part');
      await this.#handle.datasync();
    } catch (error) {
      this.#broken = true;
      throw error;
    }
    this.bytes += length;
    return offset;
  }

  /** The whole file. Zeros stand where the disk fails: no batch there comes out whole. */
  async readAll(): Promise<Buffer> {
    const { size } = await this.#handle.stat();
    const file = Buffer.alloc(size);
    for (let offset = 0; offset < size; ) {
      const length = Math.min(PIECE_BYTES, size - offset);
      const bytesRead = await this.#handle.read(file, offset, length, offset).then(
        (read) => read.bytesRead,
        (error: NodeJS.ErrnoException) => {
          if (error.code !== 'EIO') throw error;
          return length;
        },
      );
      if (bytesRead === 0) return file.subarray(0, offset);
      offset += bytesRead;
    }
    return file;
  }

  async read(offset: number, length: number): Promise<Buffer> {
    const { buffer } = await this.#handle.read(Buffer.allocUnsafe(length), 0, length, offset);
    return buffer;
  }

  async close(): Promise<void> {
    await this.#handle.close();
  }

  /** A damaged file is set aside, for whoever looks. */
  async remove(): Promise<void> {
    await this.#handle.close();
    if (this.isDamaged) await setAside(this.path);
    await rm(this.path, { force: true });
  }
}
