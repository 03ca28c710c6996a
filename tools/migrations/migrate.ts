import { resolve } from 'node:path';
import { Client } from 'pg';
import { waitForDatabase } from '../postgres/wait-for-database.ts';
import { makeDataFolder } from '../supervisor/data-folder.ts';
import { settleInterruptedMigrations } from './interrupted-migrations.ts';
import { ensureRoles, type RoleUrls } from './roles.ts';
import { applyMigrations } from './schema-engine.ts';

export interface Migration {
  /** The owner's URL. */
  databaseUrl: string;
  dataDir: string;
  /** The processes' URLs that settings name; the others are made. */
  given?: Partial<RoleUrls>;
}

export interface Migrated {
  /** The URL that each process logs in with. */
  urls: RoleUrls;
  /** The names of the migrations that were applied now. */
  applied: string[];
}

/** Any number will do, as long as it is always this one: of two migrations at once the second waits. */
const migrationLock = 4_203_817_265;

/** Waits for the database, makes the roles and applies the migrations that it lacks. A second run applies none. */
export async function migrate({ databaseUrl, dataDir: folder, given = {} }: Migration): Promise<Migrated> {
  const dataDir = resolve(folder);
  await makeDataFolder(dataDir);
  await waitForDatabase(databaseUrl);
  const client = new Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    await client.query('SELECT pg_advisory_lock($1)', [migrationLock]);
    const urls = await ensureRoles({ client, databaseUrl, dataDir, given });
    await settleInterruptedMigrations(client);
    return { urls, applied: await applyMigrations(databaseUrl) };
  } finally {
    await client.end();
  }
}
