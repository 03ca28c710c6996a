import { chmod, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startUpstream } from '../peers/upstream.ts';
import type { BenchDatabase } from './bench-database.ts';
import { startBenchDatabase } from './our-relay.ts';

/** What the relay's benchmarks share: an upstream, a seeded database, and a folder that goes with them. */
export interface BenchSetting {
  folder: string;
  upstreamPort: number;
  database: BenchDatabase;
}

export async function withSetting(work: (setting: BenchSetting) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'agentgateway-bench-'));
  // Postgres and nginx, which do not run as root, must pass through.
  await chmod(folder, 0o711);
  const upstream = await startUpstream(folder);
  try {
    const database = await startBenchDatabase(folder, upstream.port);
    try {
      await work({ folder, upstreamPort: upstream.port, database });
    } finally {
      await database.stop();
    }
  } finally {
    await upstream.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

/** An empty folder for one server. */
export async function ownFolder({ folder }: BenchSetting, name: string): Promise<string> {
  const own = join(folder, name.replaceAll(/\W+/g, '-'));
  await mkdir(own, { recursive: true });
  await chmod(own, 0o777);
  return own;
}
