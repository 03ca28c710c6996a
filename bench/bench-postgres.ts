import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type PostgresFacts, startSharedPostgres } from '../tests/servers/postgres-server.ts';

/** A migrated Postgres of its own, and the temporary folder that it and other servers of the benchmark live in. */
export interface BenchPostgres {
  folder: string;
  urls: PostgresFacts;
}

/** Both are gone once the work has ended. */
export async function withBenchPostgres(work: (postgres: BenchPostgres) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'agentgateway-bench-'));
  try {
    // Servers that do not run as root, as Postgres, must pass through.
    await chmod(folder, 0o711);
    const { facts, stop } = await startSharedPostgres(join(folder, 'postgres'));
    try {
      await work({ folder, urls: facts });
    } finally {
      await stop();
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
