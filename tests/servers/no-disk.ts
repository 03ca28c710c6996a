import { Client } from 'pg';

/**
 * Has a server wait for no disk: what it holds need not outlive a loss of power. Processes that are killed lose nothing by
 * this.
 * @param url of its superuser
 */
export async function waitForNoDisk(url: string): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    for (const setting of ['fsync', 'full_page_writes']) await client.query(`ALTER SYSTEM SET ${setting} = off`);
    await client.query('SELECT pg_reload_conf()');
  } finally {
    await client.end();
  }
}
