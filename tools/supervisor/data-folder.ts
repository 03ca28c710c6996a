import { chmod, mkdir, rename, writeFile } from 'node:fs/promises';

/**
 * Makes the data folder (absolute path). Others may pass through it but not list it (mode 711), so that the account
 * that Postgres runs as reaches its own folder inside; every file and folder in it is closed to them.
 */
export async function makeDataFolder(dataDir: string): Promise<void> {
  await mkdir(dataDir, { recursive: true, mode: 0o711 });
  await chmod(dataDir, 0o711);
}

/** Makes a folder that only its owner reads (mode 700). */
export async function makePrivateFolder(path: string): Promise<void> {
  await mkdir(path, { recursive: true, mode: 0o700 });
}

/** Writes JSON that only its owner reads (mode 600); a crash in between leaves the old file whole. */
export async function writePrivateJson(path: string, value: unknown): Promise<void> {
  const temporary = `${path}.${process.pid}.new`;
  await writeFile(temporary, `${JSON.stringify(value, null, 2)}\n`, { mode: 0o600 });
  await rename(temporary, path);
}
