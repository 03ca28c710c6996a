import { mkdir, readdir, rename, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

/** Beside the spool folders: what could not be read of them. */
export const UNREADABLE = 'unreadable';

/** Spool files beyond it are not kept: one is 16 MiB at most, or one batch more. */
const LARGEST_SUM_BYTES = 64 * 1_048_576;

/** Moves a spool file out of its folder, which is about to go, while there is room; else it stays where it is. */
export async function setAside(path: string): Promise<void> {
  const folder = dirname(path);
  const unreadable = join(dirname(folder), UNREADABLE);
  try {
    await mkdir(unreadable, { recursive: true, mode: 0o700 });
    const kept = (await readdir(unreadable)).map((name) => join(unreadable, name));
    const sizes = await Promise.all([path, ...kept].map(async (file) => (await stat(file)).size));
    if (sizes.reduce((sum, size) => sum + size, 0) > LARGEST_SUM_BYTES) return;
    await rename(path, join(unreadable, `${basename(folder)}.${basename(path)}`));
  } catch {
    // It was told of already, and the batches behind it must not wait for it.
  }
}
