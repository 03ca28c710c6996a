import { heartbeat } from '@temporalio/activity';
import type { DueRow } from '../core/store/jobs-database.ts';

/** One row's fault keeps no other row waiting; the first fault is told in the end. */
export async function forEachDue<Row extends Pick<DueRow, 'id'>>(
  rows: Row[],
  settle: (row: Row) => Promise<void>,
): Promise<void> {
  const faults: unknown[] = [];
  for (const row of rows) {
    heartbeat(row.id);
    await settle(row).catch((error: unknown) => faults.push(error));
  }
  if (faults.length > 0) throw faults[0];
}
