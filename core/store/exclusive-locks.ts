import { openPool } from './pool.ts';

/** Works that this process does at once; each holds a connection. */
const AT_ONCE = 4;
/** For one's turn, in this process and among all. */
const LONGEST_WAIT_MS = 30_000;

/** Locks over all processes, each held by a connection of its own: whatever becomes of the holder, Postgres frees it. */
export function openExclusiveLocks(url: string) {
  const pool = openPool({
    connectionString: url,
    max: AT_ONCE,
    connectionTimeoutMillis: LONGEST_WAIT_MS,
    statement_timeout: LONGEST_WAIT_MS,
    // Where the connection was lost without a word, only this side notices.
    query_timeout: LONGEST_WAIT_MS + 1_000,
    application_name: 'agentgateway locks',
  });
  return {
    /** @throws what the work throws, or an error where its turn does not come */
    async exclusively<T>(name: string, work: () => Promise<T>): Promise<T> {
      const connection = await pool.connect();
      try {
        await connection.query('SELECT pg_advisory_lock(hashtextextended($1, 0))', [name]);
        return await work();
      } finally {
        // Its end is what frees the lock, in whatever state it is.
        connection.release(true);
      }
    },
    /** Whoever holds a lock keeps it to the end of the work; nobody waits for that. */
    close(): void {
      void pool.end();
    },
  };
}
