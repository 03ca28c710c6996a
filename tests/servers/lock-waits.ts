import type { Database } from '../../core/store/database.ts';

/** Ends when so many transactions of this database wait for others' locks. */
export async function untilLocksAreWaitedFor({ inInstance }: Database, count = 1): Promise<void> {
  const waiting = () =>
    inInstance(
      (transaction) => transaction.$queryRaw<unknown[]>`
        SELECT pid FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()`,
    );
  while ((await waiting()).length < count);
}
