import type pg from 'pg';

/** Runs the work in one transaction. Where it fails, the connection is given up with it. */
export async function inTransaction<T>(pool: pg.Pool, work: (client: pg.PoolClient) => Promise<T>): Promise<T> {
  const client = await pool.connect();
  try {
    await client.query('BEGIN');
    const result = await work(client);
    await client.query('COMMIT');
    client.release();
    return result;
  } catch (error) {
    // In whatever state the connection is, it is not used again.
    client.release(true);
    throw error;
  }
}
