import type pg from 'pg';

/** For Postgres to hear the goodbye and to hang up. */
const GOODBYE_MS = 1_000;

/** Ends a connection; one that leads nowhere any more is cut, since its goodbye is never answered. Never rejects. */
export async function endConnection(client: pg.Client): Promise<void> {
  const cut = setTimeout(() => client.connection.stream.destroy(), GOODBYE_MS);
  await client.end().catch(() => {});
  clearTimeout(cut);
}
