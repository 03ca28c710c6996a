import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { diffToSchema } from './migrations/schema-engine.ts';
import { startPostgres } from './postgres/embedded-postgres.ts';

const root = join(import.meta.dirname, '..');
const migrationsFolder = join(root, 'prisma/migrations');

/** The schema that is committed; none before the first commit that has one. */
function committedSchema(): string | undefined {
  try {
    return execFileSync('git', ['show', 'HEAD:prisma/schema.prisma'], {
      cwd: root,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
  } catch {
    return undefined;
  }
}

async function nextFolder(name: string): Promise<string> {
  const numbers = (await readdir(migrationsFolder)).map((entry) => Number.parseInt(entry, 10)).filter(Number.isFinite);
  const number = String(Math.max(0, ...numbers) + 1).padStart(4, '0');
  return join(migrationsFolder, `${number}_${name}`);
}

/** The engine wants a database to talk to, although it compares two files: an empty one, thrown away afterwards. */
async function differenceAsSql(): Promise<string> {
  const dataDir = await mkdtemp(join(tmpdir(), 'agentgateway-migration-'));
  try {
    const postgres = await startPostgres({ dataDir, port: 0 });
    try {
      return await diffToSchema(postgres.url, committedSchema());
    } finally {
      await postgres.stop();
    }
  } finally {
    await rm(dataDir, { recursive: true, force: true });
  }
}

/** `npm run migration:new -- name`: writes the SQL from the committed schema to the present one, to be completed by hand. */
async function main(name: string | undefined): Promise<void> {
  if (name === undefined || !/^[a-z][a-z0-9_]*$/.test(name)) {
    throw new Error('Name the migration in small letters, digits and _: npm run migration:new -- add_budgets');
  }
  const sql = await differenceAsSql();
  const folder = await nextFolder(name);
  await mkdir(folder);
  await writeFile(join(folder, 'migration.sql'), sql);
  console.log(
    `Wrote ${join(folder, 'migration.sql')}. Add row-level security, grants and triggers of new tables to it.`,
  );
}

try {
  await main(process.argv[2]);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
