import type { Dependencies } from '../../core/dependencies.ts';
import type { Operation } from '../../core/store/generated/client.ts';

/** Waits until an operation's row is as wanted, and gives it. */
export async function untilOperation(
  { database, operationFeed }: Pick<Dependencies, 'database' | 'operationFeed'>,
  { organizationId, operationId }: { organizationId: string; operationId: string },
  isReached: (row: Operation) => boolean,
  patienceMs = 60_000,
): Promise<Operation> {
  const signal = AbortSignal.timeout(patienceMs);
  for (;;) {
    const row = await database.inOrganization(organizationId, (transaction) =>
      transaction.operation.findUniqueOrThrow({ where: { id: operationId } }),
    );
    if (isReached(row)) return row;
    if (signal.aborted) throw new Error(`The operation stays ${row.status}, step ${row.step}.`);
    await operationFeed.changed(operationId, 1_000, signal);
  }
}
