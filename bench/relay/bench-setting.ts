import { chmod, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { withBenchPostgres } from '../bench-postgres.ts';
import { startUpstream } from '../peers/upstream.ts';
import type { BenchDatabase } from './bench-database.ts';
import { openBenchDatabase } from './our-relay.ts';

/** What the relay's benchmarks share: an upstream, a seeded database, and a folder that goes with them. */
export interface BenchSetting {
  folder: string;
  upstreamPort: number;
  database: BenchDatabase;
}

/** @param upstreamPort of an upstream of the benchmark's own; else nginx answers 1 KB */
export function withSetting(work: (setting: BenchSetting) => Promise<void>, upstreamPort?: number): Promise<void> {
  return withBenchPostgres(async (postgres) => {
    const { folder } = postgres;
    const upstream = upstreamPort === undefined ? await startUpstream(folder) : null;
    const port = upstreamPort ?? upstream?.port ?? 0;
    try {
      const database = await openBenchDatabase(postgres, port);
      try {
        await work({ folder, upstreamPort: port, database });
      } finally {
        await database.close();
      }
    } finally {
      await upstream?.stop();
    }
  });
}

/** An empty folder for one server. */
export async function ownFolder({ folder }: BenchSetting, name: string): Promise<string> {
  const own = join(folder, name.replaceAll(/\W+/g, '-'));
  await mkdir(own, { recursive: true });
  await chmod(own, 0o777);
  return own;
}
