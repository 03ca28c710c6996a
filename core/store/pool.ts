import pg from 'pg';

/**
 * Connections to Postgres, opened when first needed. One that breaks leaves the pool by itself and fails the query under
 * way; one that breaks while it is lent out, between two queries, has nobody else to tell it to, and would end the process.
 */
export function openPool(settings: pg.PoolConfig): pg.Pool {
  return new pg.Pool(settings).on('error', () => {}).on('connect', (client) => client.on('error', () => {}));
}
