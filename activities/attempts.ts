import type { Attempt } from '../core/domain/rotation-workflow.ts';
import { RotatorError } from '../core/rotators/rotator.ts';
import { tryAgainLater } from '../core/services/long-running.ts';
import type { OperationReference, RotationDependencies } from './rotation-dependencies.ts';

const FIRST_RETRY_SECONDS = 1;
const LONGEST_RETRY_SECONDS = 60;

/** @param tries before this one */
export function backOffSeconds(tries: number): number {
  return Math.min(FIRST_RETRY_SECONDS * 2 ** Math.min(tries, 10), LONGEST_RETRY_SECONDS);
}

/** The attempt comes to nothing for now: the row shows why, and when the next one is made. */
export async function later(
  { database, now }: Pick<RotationDependencies, 'database' | 'now'>,
  { organizationId, operationId }: OperationReference,
  { why, retryAfterSeconds }: { why: string; retryAfterSeconds: number },
): Promise<Attempt> {
  const until = new Date(now() + retryAfterSeconds * 1_000);
  await database.inOrganization(organizationId, (transaction) =>
    tryAgainLater(transaction, operationId, { why, until }),
  );
  return { outcome: 'later', retryAfterSeconds };
}

/**
 * What a rotator's failure means for the attempt. Messages of rotators may be shown.
 * @param tries before this one
 * @param mostTries then it is given up
 * @throws the error itself when it is none of a rotator: trouble of our own, which Temporal tries again
 */
export function settleFailure(
  dependencies: Pick<RotationDependencies, 'database' | 'now'>,
  operation: OperationReference,
  error: unknown,
  { tries, mostTries }: { tries: number; mostTries: number },
): Promise<Attempt> | Attempt {
  if (!(error instanceof RotatorError)) throw error;
  if (error.kind !== 'retryable' || tries >= mostTries) return { outcome: 'refused', why: error.message };
  const retryAfterSeconds = Math.min(error.retryAfterSeconds ?? backOffSeconds(tries), 600);
  return later(dependencies, operation, { why: error.message, retryAfterSeconds });
}
