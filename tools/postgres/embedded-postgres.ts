import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join, resolve } from 'node:path';
import { makeDataFolder } from '../supervisor/data-folder.ts';
import { takePort } from '../supervisor/ports.ts';
import type { ProcessPlan } from '../supervisor/process-plan.ts';
import { ensureDatabasePasswords } from './database-passwords.ts';
import { initializeCluster, superuser } from './init-cluster.ts';
import { databaseName, ensureOwnerDatabase, ownerRole } from './owner-database.ts';
import { findServerFiles, type ServerFiles } from './server-files.ts';
import { waitForDatabase } from './wait-for-database.ts';

export interface PostgresOptions {
  dataDir: string;
  /** 0: any free one. */
  port: number;
  /** Ends the making of the files. */
  signal?: AbortSignal;
}

/** A server whose files are made and whose process is still to be started. */
export interface PreparedPostgres {
  plan: ProcessPlan;
  port: number;
  /** Where its files stand, when that is not the data folder. */
  note?: string;
  /** Waits for the started process, makes owner role and database, and gives the owner's URL. */
  ready(): Promise<string>;
}

/**
 * Settings of a developer's server that hold for production too: data is flushed, logins need a password, only this
 * machine reaches it. Messages are terse and without statements, because a row's values must not reach a log.
 */
function serverSettings(port: number): string[] {
  const settings = {
    port,
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    password_encryption: 'scram-sha-256',
    max_connections: 200,
    shared_buffers: '256MB',
    work_mem: '16MB',
    maintenance_work_mem: '128MB',
    random_page_cost: 1.1,
    max_wal_size: '2GB',
    checkpoint_timeout: '15min',
    jit: 'off',
    timezone: 'UTC',
    log_timezone: 'UTC',
    log_line_prefix: '%m ',
    log_min_messages: 'warning',
    log_error_verbosity: 'terse',
    log_min_error_statement: 'panic',
  };
  return Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
}

function planOf(files: ServerFiles, port: number): ProcessPlan {
  return {
    name: 'postgres',
    command: join(files.binaries, 'postgres'),
    args: ['-D', files.cluster, ...serverSettings(port)],
    environment: { PATH: process.env.PATH, LC_ALL: 'C', TZ: 'UTC' },
    workingDirectory: files.folder,
    ...(files.account && { account: files.account }),
    stopSignal: 'SIGINT',
    quiet: true,
  };
}

function urlFor(role: string, password: string, port: number, database: string): string {
  return `postgresql://${role}:${encodeURIComponent(password)}@127.0.0.1:${port}/${database}`;
}

/** Makes the server's files in the data folder (first start) and tells how its process is started. */
export async function preparePostgres(options: PostgresOptions): Promise<PreparedPostgres> {
  const dataDir = resolve(options.dataDir);
  await makeDataFolder(dataDir);
  const port = await takePort({ port: options.port, setting: 'POSTGRES_PORT' }, '127.0.0.1');
  const passwords = await ensureDatabasePasswords(dataDir, [superuser, ownerRole]);
  const [superuserPassword = '', ownerPassword = ''] = [passwords[superuser], passwords[ownerRole]];
  const files = await findServerFiles(dataDir);
  await initializeCluster(files, superuserPassword, options.signal);
  const ready = async () => {
    const superuserUrl = urlFor(superuser, superuserPassword, port, 'postgres');
    await waitForDatabase(superuserUrl);
    await ensureOwnerDatabase(superuserUrl, ownerPassword);
    return urlFor(ownerRole, ownerPassword, port, databaseName);
  };
  return { plan: planOf(files, port), port, ...(files.note && { note: files.note }), ready };
}

/** A running server of one's own, for tests and scripts: `url` logs in as the owner of the database. */
export interface RunningPostgres {
  url: string;
  port: number;
  /** @param signal SIGQUIT ends it as a crash does: what it had not written is recovered at its next start */
  stop(signal?: 'SIGQUIT'): Promise<void>;
}

/** Starts the embedded server, without a supervisor around it. */
export async function startPostgres(options: PostgresOptions): Promise<RunningPostgres> {
  const { plan, port, ready } = await preparePostgres(options);
  const child = spawn(plan.command, plan.args, {
    ...plan.account,
    env: plan.environment,
    cwd: plan.workingDirectory,
    stdio: ['ignore', 'ignore', 'ignore'],
  });
  const exited = once(child, 'exit');
  const diedEarly = exited.then(() => Promise.reject(new Error(`Postgres ended at its start, on port ${port}.`)));
  const stop = async (signal: NodeJS.Signals = plan.stopSignal) => {
    if (child.exitCode === null && child.signalCode === null) child.kill(signal);
    await exited;
  };
  diedEarly.catch(() => {});
  try {
    return { url: await Promise.race([ready(), diedEarly]), port, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
