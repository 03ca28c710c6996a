import { spawn } from 'node:child_process';
import { access, chown, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ServerFiles } from './server-files.ts';

/** The superuser of the embedded server: it makes the owner role and the database, and is used for nothing else. */
export const superuser = 'postgres';

function runInitdb(files: ServerFiles, passwordFile: string, target: string, signal?: AbortSignal): Promise<void> {
  const args = [
    `--pgdata=${target}`,
    `--username=${superuser}`,
    `--pwfile=${passwordFile}`,
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    '--no-locale',
    '--locale-provider=builtin',
    '--builtin-locale=C.UTF-8',
  ];
  return new Promise((resolve, reject) => {
    const child = spawn(join(files.binaries, 'initdb'), args, {
      ...files.account,
      cwd: files.folder,
      env: { PATH: process.env.PATH, LC_ALL: 'C', TZ: 'UTC' },
      stdio: ['ignore', 'ignore', 'pipe'],
      ...(signal && { signal }),
    });
    let output = '';
    child.stderr.on('data', (chunk) => {
      output += chunk;
    });
    child.on('error', reject);
    child.on('close', (code) => {
      if (code === 0) resolve();
      else reject(new Error(`Postgres could not make its files in ${files.folder}: ${output.trim()}`));
    });
  });
}

/** Makes the cluster unless it is there. It appears under its name only when complete, so a crash leaves no half of one. */
export async function initializeCluster(
  files: ServerFiles,
  superuserPassword: string,
  signal?: AbortSignal,
): Promise<void> {
  const present = await access(files.cluster).then(
    () => true,
    () => false,
  );
  if (present) return;
  const unfinished = `${files.cluster}.unfinished`;
  const passwordFile = join(files.folder, 'superuser-password');
  await rm(unfinished, { recursive: true, force: true });
  await rm(passwordFile, { force: true });
  try {
    await writeFile(passwordFile, superuserPassword, { mode: 0o600, flag: 'wx' });
    if (files.account) await chown(passwordFile, files.account.uid, files.account.gid);
    await runInitdb(files, passwordFile, unfinished, signal);
  } finally {
    await rm(passwordFile, { force: true });
  }
  await rename(unfinished, files.cluster);
}
