import { isFinal, type OperationStatus } from '../domain/long-running.ts';
import type { CallContext } from './define-operation.ts';

/** A mailbox that answers has the draft well within this. */
const LONGEST_WAIT_MS = 5_000;

/** Waits a little for a change to reach the mailbox. Whoever cannot wait longer follows the operation. */
export async function untilSettled(
  { database, caller, operationFeed, signal }: CallContext,
  operationId: string,
): Promise<void> {
  const deadline = Date.now() + LONGEST_WAIT_MS;
  for (;;) {
    const operation = await database.inOrganization(caller.organizationId, (transaction) =>
      transaction.operation.findUniqueOrThrow({ where: { id: operationId }, select: { status: true } }),
    );
    const left = deadline - Date.now();
    if (isFinal(operation.status as OperationStatus) || left <= 0 || signal.aborted) return;
    await operationFeed.changed(operationId, left, signal);
  }
}
