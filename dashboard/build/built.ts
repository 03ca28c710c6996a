import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Where the dashboard's sources are. */
export const FOLDER = join(import.meta.dirname, '..');
/** Where the built app is. */
export const DIST = join(FOLDER, 'dist');
/** The file in it that tells what it was built from. */
export const BUILT_FROM = 'built-from.txt';

/** What else the built app depends on: names and paths of operations, versions of packages. */
const FURTHER = ['../core/operations', '../package-lock.json'];

async function filesUnder(path: string): Promise<string[]> {
  const entries = await readdir(path, { recursive: true, withFileTypes: true }).catch((error) => {
    if (error.code === 'ENOTDIR') return null;
    throw error;
  });
  if (entries === null) return [path];
  return entries.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name));
}

/** One hash of everything that the built app is made from. */
export async function sourcesHash(): Promise<string> {
  const own = (await readdir(FOLDER)).filter((name) => !name.startsWith('dist'));
  const lists = await Promise.all([...own, ...FURTHER].map((name) => filesUnder(join(FOLDER, name))));
  const files = lists.flat().sort();
  const contents = await Promise.all(files.map((file) => readFile(file)));
  const hash = createHash('sha256');
  for (const [index, file] of files.entries())
    hash.update(`${file.slice(FOLDER.length)}\0`).update(contents[index] ?? '');
  return hash.digest('hex');
}

/** Whether the app was built from these sources. */
export async function isBuilt(hash: string): Promise<boolean> {
  const builtFrom = await readFile(join(DIST, BUILT_FROM), 'utf8').catch(() => null);
  return builtFrom === hash;
}
