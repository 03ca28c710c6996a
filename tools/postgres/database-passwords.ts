import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writePrivateJson } from '../supervisor/data-folder.ts';

/** Role name → password, as `<data dir>/database.json` (mode 600) keeps them. */
export type DatabasePasswords = Record<string, string>;

function fileOf(dataDir: string): string {
  return join(dataDir, 'database.json');
}

/** The passwords kept in the data folder; none when it has no `database.json` yet. */
export async function readDatabasePasswords(dataDir: string): Promise<DatabasePasswords> {
  let text: string;
  try {
    text = await readFile(fileOf(dataDir), 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {};
    throw error;
  }
  try {
    return (JSON.parse(text) as { passwords: DatabasePasswords }).passwords;
  } catch {
    throw new Error(
      `${fileOf(dataDir)} is not readable JSON. Restore it from a backup: it holds the database passwords.`,
    );
  }
}

/** Gives each of the roles a password if it has none, and keeps it before any server learns of it. */
export async function ensureDatabasePasswords(dataDir: string, roles: readonly string[]): Promise<DatabasePasswords> {
  const passwords = await readDatabasePasswords(dataDir);
  const missing = roles.filter((role) => passwords[role] === undefined);
  if (missing.length === 0) return passwords;
  for (const role of missing) passwords[role] = randomBytes(24).toString('base64url');
  await writePrivateJson(fileOf(dataDir), { passwords });
  return passwords;
}
