import { setTimeout as pause } from 'node:timers/promises';
import type { Database } from '../core/store/database.ts';
import { Prisma } from '../core/store/generated/client.ts';

const LOOK_EVERY_MS = 50;
/** A transaction of a call ends after 5 s; what is open for longer is none. */
const LONGEST_MS = 6_000;

/** Waits until every transaction that has changed something by now has ended: what it committed is visible then. */
export async function untilOpenTransactionsEnd(database: Database): Promise<void> {
  const [now] = await database.lookUp<{ next: string }>(
    Prisma.sql`SELECT pg_snapshot_xmax(pg_current_snapshot())::text AS next`,
  );
  for (const deadline = Date.now() + LONGEST_MS; Date.now() < deadline; await pause(LOOK_EVERY_MS)) {
    const [look] = await database.lookUp<{ ended: boolean }>(
      Prisma.sql`SELECT pg_snapshot_xmin(pg_current_snapshot()) >= ${now?.next}::xid8 AS ended`,
    );
    if (look?.ended) return;
  }
}
