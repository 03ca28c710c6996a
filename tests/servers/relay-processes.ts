import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { endProcess, startProcess } from './child-process.ts';
import type { TestDatabase } from './database.ts';
import { freePort } from './free-port.ts';

export interface RelayProcesses {
  port: number;
  /** Waits until every process has applied all that is committed now, and knows all others. */
  upToDate(): Promise<void>;
  stop(): Promise<void>;
}

/**
 * So many real relay processes on one port, as `RELAY_PROCESSES` runs them.
 * @param file what a process runs
 */
export async function startRelayProcesses(
  count: number,
  database: TestDatabase,
  environment: NodeJS.ProcessEnv,
  file = 'relay/main.ts',
): Promise<RelayProcesses> {
  const dataDir = await mkdtemp(join(tmpdir(), 'agentgateway-relays-'));
  const port = await freePort();
  const start = () =>
    startProcess(
      file,
      {
        PATH: process.env.PATH,
        AGENTGATEWAY_DATA_DIR: dataDir,
        AGENTGATEWAY_ALLOWED_PRIVATE_UPSTREAMS: '127.0.0.0/8',
        DATABASE_URL_RELAY: database.urls.relay,
        DATABASE_URL_LOG_WRITER: database.urls.logWriter,
        RELAY_PORT: String(port),
        RELAY_PROCESSES: String(count),
        ...environment,
      },
      '"listening"',
    );
  // The first one makes the data folder's master key.
  const processes = [await start()];
  processes.push(...(await Promise.all(Array.from({ length: count - 1 }, start))));
  return {
    port,
    upToDate: () => untilApplied(database.urls.superuser, count),
    async stop() {
      await Promise.all(processes.map((child) => endProcess(child, 'SIGTERM')));
      await rm(dataDir, { recursive: true });
    },
  };
}

async function untilApplied(superuserUrl: string, count: number): Promise<void> {
  const client = new pg.Client({ connectionString: superuserUrl });
  await client.connect();
  const applied = async (xid: string) => {
    const { rows } = await client.query('SELECT count(*)::int AS n FROM relay_process WHERE snapshot_xid > $1', [xid]);
    return rows[0].n === count;
  };
  const changed = async () => {
    const { rows } = await client.query(
      'UPDATE agent SET enabled = enabled RETURNING pg_current_xact_id()::text AS xid',
    );
    return rows[0].xid as string;
  };
  try {
    // First everybody's first heartbeat; a reading after it finds them all.
    for (const xid of ['0', await changed()]) {
      while (!(await applied(xid))) await new Promise((resolve) => setTimeout(resolve, 20));
    }
    const last = await changed();
    while (!(await applied(last))) await new Promise((resolve) => setTimeout(resolve, 20));
  } finally {
    await client.end();
  }
}
