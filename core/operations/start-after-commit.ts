import { describeOperation } from '../services/operations.ts';
import { startOrFail } from '../services/start-operation.ts';
import type { Operation } from '../store/generated/client.ts';
import type { RunContext } from './define-operation.ts';

/**
 * Has the workflow of an accepted operation start once its row is committed, also of one that the request only joined:
 * starting twice starts once.
 * @returns what a long-running operation answers, but for `would`
 */
export function startAfterCommit(
  context: RunContext,
  { operation, joined }: { operation: Operation; joined: boolean },
  start: (operation: Operation) => Promise<void>,
) {
  context.auditOperation(operation.id);
  context.afterCommit(startOrFail(context, operation.id, () => start(operation)));
  return {
    operation_id: operation.id,
    operation: describeOperation(operation, context.config),
    joined,
    dry_run: false,
  };
}
