import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Config, ConfigError } from '../../core/config.ts';
import { type LoginRole, loginRoles } from '../migrations/roles.ts';
import { readDatabasePasswords } from './database-passwords.ts';
import { databaseName } from './owner-database.ts';
import { findServerFiles } from './server-files.ts';

/** The port of the embedded server, as the running server itself notes it (postmaster.pid, fourth line). */
async function embeddedPort(dataDir: string): Promise<string> {
  const { cluster } = await findServerFiles(dataDir);
  const notes = await readFile(join(cluster, 'postmaster.pid'), 'utf8').catch(() => '');
  const port = notes.split('\n')[3]?.trim();
  if (!port) throw new ConfigError(`Nothing runs in ${dataDir}. Start it with "npm start", then repeat this.`);
  return port;
}

/**
 * Where a script of the same installation reaches the database as one of the processes does.
 * @throws ConfigError that says what to start or set
 */
export async function databaseUrlOf(process: LoginRole, config: Config): Promise<string> {
  const { role, setting } = loginRoles[process];
  const url = config[setting];
  if (url !== undefined) return url;
  const dataDir = config.AGENTGATEWAY_DATA_DIR;
  const password = (await readDatabasePasswords(dataDir))[role];
  if (password === undefined) {
    throw new ConfigError(`There is no installation in ${dataDir}: set AGENTGATEWAY_DATA_DIR or ${setting}.`);
  }
  const given = config.DATABASE_URL ?? `postgresql://127.0.0.1:${await embeddedPort(dataDir)}/${databaseName}`;
  return Object.assign(new URL(given), { username: role, password: encodeURIComponent(password) }).href;
}
