import type { ActivityInterceptorsFactory } from '@temporalio/worker';
import type { Dependencies } from '../core/dependencies.ts';
import { OPEN_STATUSES, type VainAttempts } from '../core/domain/long-running.ts';
import { recordBrokenAttempts } from '../core/services/long-running.ts';
import { kindsOfError } from './kinds-of-error.ts';

const LOST = 'It broke off: its worker ended, or did not answer in time.';
/** Failures that still have to be put on record; what ended, or went on elsewhere, is forgotten at last. */
const MOST_REMEMBERED = 1_000;

/**
 * Puts into an operation's history the attempts that Temporal repeats: those that failed by a fault of ours, and those
 * whose worker was lost. Each is recorded when the next one begins, because what broke it may be the database.
 */
export function recordingBrokenAttempts({
  database,
  log,
}: Pick<Dependencies, 'database' | 'log'>): ActivityInterceptorsFactory {
  const failed = new Map<string, VainAttempts>();

  function remember(activity: string, error: unknown): void {
    const at = new Date().toISOString();
    const why = `It broke off by trouble of the installation’s own (${kindsOfError(error)}). The workers’ log tells more.`;
    const before = failed.get(activity) ?? { times: 0, first_at: at };
    failed.set(activity, { ...before, why, times: before.times + 1, last_at: at });
    const [oldest] = failed.keys();
    if (failed.size > MOST_REMEMBERED && oldest !== undefined) failed.delete(oldest);
  }

  async function record(activity: string, operation: { organizationId: string; workflowId: string }): Promise<void> {
    const at = new Date().toISOString();
    const broken = failed.get(activity) ?? { why: LOST, times: 1, first_at: at, last_at: at };
    const { organizationId, workflowId } = operation;
    await database.inOrganization(organizationId, async (transaction) => {
      const operations = await transaction.operation.findMany({
        where: { workflowId, status: { in: [...OPEN_STATUSES] } },
        select: { id: true },
      });
      for (const { id } of operations) await recordBrokenAttempts(transaction, id, broken);
    });
    failed.delete(activity);
  }

  return ({ info: { attempt, activityId, workflowExecution }, cancellationSignal }) => ({
    inbound: {
      async execute(input, next) {
        const { organizationId } = (input.args[0] ?? {}) as { organizationId?: unknown };
        if (typeof organizationId !== 'string' || workflowExecution === undefined) return next(input);
        const { workflowId, runId } = workflowExecution;
        const activity = `${runId}/${activityId}`;
        try {
          if (attempt > 1) await record(activity, { organizationId, workflowId });
        } catch (error) {
          log.warn({ reason: kindsOfError(error) }, 'an attempt that broke off is not in its operation’s history yet');
        }
        try {
          return await next(input);
        } catch (error) {
          if (!cancellationSignal.aborted) remember(activity, error);
          throw error;
        }
      },
    },
  });
}
