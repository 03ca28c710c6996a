import type { Dependencies } from '../dependencies.ts';
import type { Caller } from '../domain/caller.ts';
import { PublicError } from '../errors.ts';
import { failAcceptedOperation } from './operations.ts';

/**
 * The effect after the commit: starts the workflow of an accepted operation. Certainly not started: the row becomes
 * `failed` and the caller gets 503. Where that cannot be known the row stays `accepted`, and housekeeping settles it.
 */
export function startOrFail(
  { database, log, caller }: Dependencies & { caller: Caller },
  operationId: string,
  start: () => Promise<void>,
): () => Promise<void> {
  return async () => {
    try {
      await start();
    } catch (error) {
      if (!(error instanceof PublicError)) {
        log.warn(
          { err: error, operation_id: operationId },
          'whether a workflow started is not known; housekeeping settles it',
        );
        return;
      }
      await database.inOrganization(caller.organizationId, (transaction) =>
        failAcceptedOperation(transaction, operationId, error),
      );
      throw error;
    }
  };
}
