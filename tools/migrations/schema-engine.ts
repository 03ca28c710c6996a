import { readdir, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { bindMigrationAwareSqlAdapterFactory } from '@prisma/driver-adapter-utils';
import { Pool } from 'pg';
import { MigrationAdapter } from './migration-adapter.ts';

/** A migration as the engine takes it: the folder's name and the file in it. */
interface MigrationDirectory {
  path: string;
  migrationFile: { path: string; content: { tag: 'ok'; value: string } };
}

interface MigrationList {
  baseDir: string;
  lockfile: { path: string; content: string | null };
  shadowDbInitScript: string;
  migrationDirectories: MigrationDirectory[];
}

interface SchemaFilter {
  externalTables: string[];
  externalEnums: string[];
}

type DiffTarget =
  | { tag: 'empty' }
  | ({ tag: 'schemaDatamodel' } & { files: { path: string; content: string }[]; configDir: string });

/** The calls that we use of Prisma's migration engine. */
interface SchemaEngine {
  applyMigrations(input: {
    migrationsList: MigrationList;
    filters: SchemaFilter;
  }): Promise<{ appliedMigrationNames: string[] }>;
  diff(params: {
    from: DiffTarget;
    to: DiffTarget;
    script: boolean;
    exitCode: null;
    filters: SchemaFilter;
  }): Promise<{ stdout: string | null }>;
  free(): void;
}

/** Node has it; the types of the Node library do not. */
declare const WebAssembly: {
  instantiate(bytes: Uint8Array, imports: object): Promise<{ instance: { exports: Record<string, unknown> } }>;
};

const prismaFolder = join(import.meta.dirname, '../../prisma');
const filters: SchemaFilter = { externalTables: [], externalEnums: [] };

type SchemaEngineConstructor = {
  new: (options: { datamodels: [string, string][] }, log: () => void, adapter: unknown) => Promise<SchemaEngine>;
};

let loaded: Promise<SchemaEngineConstructor> | undefined;

/** The engine forgets the timer of its lock (10 s), which would keep every script alive for so long. */
function unreferencedTimers(bindings: Record<string, (...args: unknown[]) => unknown>) {
  const timers = Object.entries(bindings).filter(([name]) => name.startsWith('__wbg_setTimeout_'));
  return Object.fromEntries(
    timers.map(([name, start]) => [name, (...args: unknown[]) => (start(...args) as NodeJS.Timeout).unref()]),
  );
}

/** The bindings keep views of the memory of the one instance that they know: it is made once a process. */
function loadSchemaEngine(): Promise<SchemaEngineConstructor> {
  loaded ??= (async () => {
    const folder = dirname(createRequire(import.meta.url).resolve('@prisma/schema-engine-wasm'));
    const bindings = await import(pathToFileURL(join(folder, 'schema_engine_bg.js')).href);
    const { instance } = await WebAssembly.instantiate(await readFile(join(folder, 'schema_engine_bg.wasm')), {
      './schema_engine_bg.js': { ...bindings, ...unreferencedTimers(bindings) },
    });
    bindings.__wbg_set_wasm(instance.exports);
    (instance.exports.__wbindgen_start as () => void)();
    return bindings.SchemaEngine;
  })();
  return loaded;
}

/**
 * Prisma's own migration engine, compiled to WebAssembly: it needs no engine binary, and a user who has one can go on
 * with `prisma migrate deploy`, since it keeps the same `_prisma_migrations` table. Its connections, and with them its
 * lock, end with the work.
 */
async function withSchemaEngine<Result>(
  databaseUrl: string,
  migrations: readonly string[],
  work: (engine: SchemaEngine) => Promise<Result>,
): Promise<Result> {
  const SchemaEngine = await loadSchemaEngine();
  const schema = await readFile(join(prismaFolder, 'schema.prisma'), 'utf8');
  const pool = new Pool({ connectionString: databaseUrl });
  try {
    const adapter = bindMigrationAwareSqlAdapterFactory(new MigrationAdapter(pool, migrations));
    const engine = await SchemaEngine.new({ datamodels: [['schema.prisma', schema]] }, () => {}, adapter);
    try {
      return await work(engine);
    } finally {
      engine.free();
    }
  } finally {
    await pool.end();
  }
}

async function readMigrations(): Promise<MigrationList> {
  const baseDir = join(prismaFolder, 'migrations');
  const folders = (await readdir(baseDir, { withFileTypes: true })).filter((entry) => entry.isDirectory());
  const migrationDirectories = await Promise.all(
    folders
      .map((folder) => folder.name)
      .sort()
      .map(async (path) => ({
        path,
        migrationFile: {
          path: 'migration.sql',
          content: { tag: 'ok' as const, value: await readFile(join(baseDir, path, 'migration.sql'), 'utf8') },
        },
      })),
  );
  const lockfile = await readFile(join(baseDir, 'migration_lock.toml'), 'utf8');
  return {
    baseDir,
    lockfile: { path: 'migration_lock.toml', content: lockfile },
    shadowDbInitScript: '',
    migrationDirectories,
  };
}

/** Applies the migrations that the database lacks; a second run applies none. Returns their names. */
export async function applyMigrations(databaseUrl: string): Promise<string[]> {
  const migrationsList = await readMigrations();
  const scripts = migrationsList.migrationDirectories.map((directory) => directory.migrationFile.content.value);
  return withSchemaEngine(databaseUrl, scripts, async (engine) => {
    const { appliedMigrationNames } = await engine.applyMigrations({ migrationsList, filters });
    return appliedMigrationNames;
  });
}

/** The SQL that leads from a schema (or from nothing) to `prisma/schema.prisma`: the start of a new migration. */
export async function diffToSchema(databaseUrl: string, fromSchema?: string): Promise<string> {
  const datamodel = (content: string): DiffTarget => ({
    tag: 'schemaDatamodel',
    files: [{ path: 'schema.prisma', content }],
    configDir: prismaFolder,
  });
  const to = datamodel(await readFile(join(prismaFolder, 'schema.prisma'), 'utf8'));
  const from: DiffTarget = fromSchema === undefined ? { tag: 'empty' } : datamodel(fromSchema);
  return withSchemaEngine(databaseUrl, [], async (engine) => {
    const { stdout } = await engine.diff({ from, to, script: true, exitCode: null, filters });
    return stdout ?? '';
  });
}
