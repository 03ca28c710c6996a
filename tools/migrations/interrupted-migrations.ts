import type { Client } from 'pg';

/**
 * Settles what a migration left that was killed: the engine refuses to go on while a migration has no end. Whether its
 * transaction was committed is known from the mark that commits with it (see MigrationAdapter).
 * The caller holds the migration lock, so no migration is running.
 */
export async function settleInterruptedMigrations(client: Client): Promise<void> {
  const table = await client.query("SELECT to_regclass('public._prisma_migrations') AS found");
  if (table.rows[0].found === null) return;
  const unfinished = 'finished_at IS NULL AND rolled_back_at IS NULL';
  await client.query(`UPDATE public._prisma_migrations SET finished_at = now()
    WHERE ${unfinished} AND applied_steps_count = 1`);
  await client.query(`UPDATE public._prisma_migrations SET rolled_back_at = now() WHERE ${unfinished}`);
}
