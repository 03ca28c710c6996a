import { closeSync, fstatSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';

const rotateAtBytes = 10 * 1024 * 1024;
const keptFiles = 2;

/** A log of bounded size: at 10 MB `app.log` becomes `app.log.1`, and that `app.log.2`. Readable by its owner only. */
export class LogFile {
  readonly #path: string;
  #descriptor: number;
  #bytes: number;

  constructor(path: string) {
    this.#path = path;
    this.#descriptor = openSync(path, 'a', 0o600);
    this.#bytes = fstatSync(this.#descriptor).size;
  }

  /** A line that the disk does not take is left out: a full one must not end the supervisor, or nobody would end the rest. */
  writeLine(line: string): void {
    try {
      if (this.#bytes >= rotateAtBytes) this.#rotate();
      this.#bytes += writeSync(this.#descriptor, `${line}\n`);
    } catch {}
  }

  close(): void {
    closeSync(this.#descriptor);
  }

  #rotate(): void {
    for (let number = keptFiles; number > 0; number--) {
      const older = number === 1 ? this.#path : `${this.#path}.${number - 1}`;
      try {
        renameSync(older, `${this.#path}.${number}`);
      } catch {
        rmSync(`${this.#path}.${number}`, { force: true });
      }
    }
    const fresh = openSync(this.#path, 'a', 0o600);
    closeSync(this.#descriptor);
    this.#descriptor = fresh;
    this.#bytes = 0;
  }
}
