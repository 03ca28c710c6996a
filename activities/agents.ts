import { ApplicationFailure } from '@temporalio/common';
import type { Dependencies } from '../core/dependencies.ts';
import type { AgentDeletion } from '../core/domain/agent-deletion.ts';
import { PURGE_MARGIN_SECONDS } from '../core/domain/agent-deletion-workflow.ts';
import { RESTORABLE_DAYS } from '../core/domain/long-running.ts';
import { DAY_MS } from '../core/domain/times.ts';
import {
  beginStep,
  cancelOperation,
  failOperation,
  isCancelRequested,
  succeedOperation,
} from '../core/services/long-running.ts';
import { isUniqueViolation, type OrganizationTransaction } from '../core/store/database.ts';
import { auditDeletion, destroyAgent, lockAgent, lockDeletedAgent, reviveAgent } from './agent-rows.ts';
import { drainCalls } from './drain-calls.ts';

/** Since when the agent refuses calls, until when it can be restored (RFC 3339), and the transaction that said so. */
export interface RefusedCalls {
  deletedAt: string;
  restorableUntil: string;
  changeXid: string;
}

type RollBack = AgentDeletion & { cause: 'cancelled' | 'failed' };

export type AgentActivities = ReturnType<typeof createAgentActivities>;

/**
 * What the workflow `deleteAgent` does in the database. Each step may run more than once, and each looks first whether
 * the deletion still holds the agent.
 * @param now milliseconds since 1970; tests that skip a week bring their own
 */
export function createAgentActivities({ database }: Pick<Dependencies, 'database'>, now: () => number = Date.now) {
  /** Brings the agent back and settles the operation. A deletion that has succeeded stays. */
  async function rollBackDeletion(deletion: RollBack): Promise<void> {
    const { organizationId, operationId } = deletion;
    try {
      await database.inOrganization(organizationId, (transaction) => rollBack(transaction, deletion));
    } catch (error) {
      if (!isUniqueViolation(error)) throw error;
      const detail = 'Another agent has its name by now: restore this one under a new name.';
      await database.inOrganization(organizationId, (transaction) =>
        failOperation(transaction, operationId, { code: 'conflict', detail }),
      );
    }
  }

  return {
    /** From its commit the relays refuse new calls. Null when there is nothing to delete (any more). */
    async refuseNewCalls(deletion: AgentDeletion): Promise<RefusedCalls | null> {
      const refused = await database.inOrganization(deletion.organizationId, async (transaction) => {
        const agent = await lockAgent(transaction, deletion.agentId);
        if (await isCancelRequested(transaction, deletion.operationId)) return 'cancelled';
        if (!(await beginStep(transaction, deletion.operationId, 'refuse_new_calls'))) return null;
        if (agent === null || (agent.deletedAt !== null && agent.deleteOperationId !== deletion.operationId)) {
          const detail = 'The agent was deleted meanwhile. List the deleted agents to see it.';
          await failOperation(transaction, deletion.operationId, { code: 'conflict', detail });
          return null;
        }
        if (agent.deletedAt === null) {
          await markDeleted(transaction, deletion, now());
          await auditDeletion(transaction, { agent, deletion, action: 'refuse_agent_calls' });
        }
        return refusedCallsOf(transaction, agent.id);
      });
      if (refused !== 'cancelled') return refused;
      await rollBackDeletion({ ...deletion, cause: 'cancelled' });
      return null;
    },

    drainCalls: (draining: AgentDeletion & RefusedCalls) => drainCalls(database, draining, now),

    /** The operation has succeeded; the agent stays restorable. False when it was restored or cancelled meanwhile. */
    async finishDeletion({ callsCut, ...deletion }: AgentDeletion & { callsCut: number }): Promise<boolean> {
      const outcome = await database.inOrganization(deletion.organizationId, async (transaction) => {
        const agent = await lockDeletedAgent(transaction, deletion);
        if (agent === null) return 'gone';
        if (await isCancelRequested(transaction, deletion.operationId)) return 'cancelled';
        const restorableUntil = agent.restorableUntil?.toISOString() ?? null;
        const result = { agent: agent.name, restorable_until: restorableUntil, calls_cut: callsCut };
        if (await succeedOperation(transaction, deletion.operationId, result)) {
          await auditDeletion(transaction, { agent, deletion, action: 'finish_agent_deletion' });
        }
        return 'deleted';
      });
      if (outcome === 'cancelled') await rollBackDeletion({ ...deletion, cause: 'cancelled' });
      return outcome === 'deleted';
    },

    rollBackDeletion,

    /** Invariant 8: purges only what is still deleted by this operation, after its seven days. */
    purgeAgent: (deletion: AgentDeletion): Promise<void> =>
      database.inOrganization(deletion.organizationId, async (transaction) => {
        const agent = await lockDeletedAgent(transaction, deletion);
        if (agent?.restorableUntil == null) return;
        if (now() < agent.restorableUntil.getTime() + PURGE_MARGIN_SECONDS * 1_000) {
          throw ApplicationFailure.retryable('The agent can still be restored.', 'NotDueYet');
        }
        await destroyAgent(transaction, agent, new Date(now()));
        await auditDeletion(transaction, { agent, deletion, action: 'purge_agent' });
      }),
  };
}

async function markDeleted(
  transaction: OrganizationTransaction,
  { agentId, operationId }: AgentDeletion,
  now: number,
): Promise<void> {
  await transaction.agent.update({
    where: { id: agentId },
    data: {
      deletedAt: new Date(now),
      restorableUntil: new Date(now + RESTORABLE_DAYS * DAY_MS),
      deleteOperationId: operationId,
      version: { increment: 1 },
      updatedAt: new Date(now),
    },
  });
}

async function refusedCallsOf(transaction: OrganizationTransaction, agentId: string): Promise<RefusedCalls | null> {
  const [row] = await transaction.$queryRaw<{ deleted_at: Date; restorable_until: Date; change_xid: string }[]>`
    SELECT deleted_at, restorable_until, change_xid::text FROM agent WHERE id = ${agentId}::uuid`;
  if (row === undefined) return null;
  return {
    deletedAt: row.deleted_at.toISOString(),
    restorableUntil: row.restorable_until.toISOString(),
    changeXid: row.change_xid,
  };
}

async function rollBack(transaction: OrganizationTransaction, { cause, ...deletion }: RollBack): Promise<void> {
  const agent = await lockDeletedAgent(transaction, deletion);
  const wasOpen =
    cause === 'cancelled'
      ? await cancelOperation(transaction, deletion.operationId, 'The deletion was cancelled and rolled back.')
      : await failOperation(transaction, deletion.operationId, {
          code: 'internal',
          detail: 'The deletion failed and was rolled back. Try again; the workers’ log tells more.',
        });
  if (!wasOpen || agent === null) return;
  await reviveAgent(transaction, agent);
  await auditDeletion(transaction, { agent, deletion, action: 'roll_back_agent_deletion' });
}
