import { closeSync, fstatSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';

const rotateAtBytes = 10 * 1024 * 1024;
const keptFiles = 2;

/**
 * A log of bounded size: at 10 MB `app.log` becomes `app.log.1`, and that `app.log.2`. Readable by its owner only. On a full
 * disk lines are lost; whoever writes them goes on.
 */
export class LogFile {
  readonly #path: string;
  #descriptor: number | undefined;
  #bytes: number;

  constructor(path: string) {
    this.#path = path;
    this.#descriptor = openSync(path, 'a', 0o600);
    this.#bytes = fstatSync(this.#descriptor).size;
  }

  writeLine(line: string): void {
    try {
      if (this.#bytes >= rotateAtBytes) this.#rotate();
      this.#descriptor ??= openSync(this.#path, 'a', 0o600);
      this.#bytes += writeSync(this.#descriptor, `${line}\n`);
    } catch {
      // The next line is tried anew.
    }
  }

  close(): void {
    if (this.#descriptor !== undefined) closeSync(this.#descriptor);
    this.#descriptor = undefined;
  }

  #rotate(): void {
    this.close();
    for (let number = keptFiles; number > 0; number--) {
      const older = number === 1 ? this.#path : `${this.#path}.${number - 1}`;
      try {
        renameSync(older, `${this.#path}.${number}`);
      } catch {
        rmSync(`${this.#path}.${number}`, { force: true });
      }
    }
    this.#bytes = 0;
  }
}
