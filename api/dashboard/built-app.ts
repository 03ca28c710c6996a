import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DIST } from '../../dashboard/build/built.ts';

/** One file of the built app, as a browser may take it. */
export interface BuiltFile {
  type: string;
  content: Buffer;
  /** The same, compressed, by the name of the coding. */
  coded: { br?: Buffer; gzip?: Buffer };
}

/** The dashboard as it was built, kept in memory: a build while the app runs cannot mix two of them. */
export interface BuiltApp {
  /** `index.html`, with the places that each answer fills. */
  shell: string;
  /** By their paths. */
  files: ReadonlyMap<string, BuiltFile>;
}

const TYPES: Record<string, string> = {
  js: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
  svg: 'image/svg+xml',
};

async function readAssets(folder: string): Promise<Map<string, BuiltFile>> {
  const names = await readdir(folder);
  const read = async (name: string) => (names.includes(name) ? await readFile(join(folder, name)) : undefined);
  const files = new Map<string, BuiltFile>();
  for (const name of names) {
    const type = TYPES[name.slice(name.lastIndexOf('.') + 1)];
    if (type === undefined) continue;
    const [br, gzip] = [await read(`${name}.br`), await read(`${name}.gz`)];
    files.set(`/assets/${name}`, {
      type,
      content: await readFile(join(folder, name)),
      coded: { ...(br && { br }), ...(gzip && { gzip }) },
    });
  }
  return files;
}

/** @returns null where the dashboard was not built */
export async function readBuiltApp(): Promise<BuiltApp | null> {
  try {
    const [shell, files] = await Promise.all([
      readFile(join(DIST, 'index.html'), 'utf8'),
      readAssets(join(DIST, 'assets')),
    ]);
    return { shell, files };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}
