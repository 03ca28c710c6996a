import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { isHolderDead } from './holder.ts';

/** `<writer ID>.<eight characters>`; a folder that was not yet finished begins with a dot and holds nothing. */
const FOLDER_NAME = /^(\.?)([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\.[0-9a-f]{8}$/;

/** Spool folders below `root` whose holders are dead. */
export async function abandonedFolders(root: string): Promise<{ path: string; writerId: string }[]> {
  const abandoned: { path: string; writerId: string }[] = [];
  const names = await readdir(root).catch(() => []);
  for (const name of names) {
    const [, unfinished, writerId] = FOLDER_NAME.exec(name) ?? [];
    const path = join(root, name);
    if (writerId === undefined || !(await isHolderDead(path))) continue;
    // One that cannot be removed stands in nobody's way.
    if (unfinished === '.') await rm(path, { recursive: true, force: true }).catch(() => {});
    else abandoned.push({ path, writerId });
  }
  return abandoned;
}
