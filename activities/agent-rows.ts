import type { AgentDeletion } from '../core/domain/agent-deletion.ts';
import { SYSTEM } from '../core/domain/caller.ts';
import { recordAuditEvent } from '../core/services/audit.ts';
import type { OrganizationTransaction } from '../core/store/database.ts';
import type { Agent } from '../core/store/generated/client.ts';

/** The agent, its row locked until the transaction ends. */
export async function lockAgent(transaction: OrganizationTransaction, id: string): Promise<Agent | null> {
  await transaction.$queryRaw`SELECT id FROM agent WHERE id = ${id}::uuid FOR UPDATE`;
  return transaction.agent.findUnique({ where: { id } });
}

/** The agent, if this deletion still holds it: neither restored nor purged. */
export async function lockDeletedAgent(
  transaction: OrganizationTransaction,
  { agentId, operationId }: AgentDeletion,
): Promise<Agent | null> {
  const agent = await lockAgent(transaction, agentId);
  const isHeld = agent?.deletedAt != null && agent.deleteOperationId === operationId && agent.purgedAt === null;
  return isHeld ? agent : null;
}

/** Brings a deleted agent back as it was. Throws a unique violation when its name is taken by now. */
export async function reviveAgent(transaction: OrganizationTransaction, agent: Agent): Promise<void> {
  await transaction.agent.update({
    where: { id: agent.id },
    data: {
      deletedAt: null,
      restorableUntil: null,
      deleteOperationId: null,
      version: { increment: 1 },
      updatedAt: new Date(),
    },
  });
}

/** Destroys an agent's keys and links. The row stays as a tombstone, because logs and audit keep its name. */
export async function destroyAgent(transaction: OrganizationTransaction, agent: Agent, purgedAt: Date): Promise<void> {
  const keys = await transaction.$queryRaw<{ id: string }[]>`
    SELECT id FROM agent_key WHERE agent_id = ${agent.id}::uuid ORDER BY id FOR UPDATE`;
  await transaction.oneTimeLink.deleteMany({ where: { agentKeyId: { in: keys.map(({ id }) => id) } } });
  await transaction.agentKey.deleteMany({ where: { agentId: agent.id } });
  await transaction.credentialLink.deleteMany({ where: { agentId: agent.id } });
  await transaction.agent.update({ where: { id: agent.id }, data: { purgedAt } });
}

/** Puts on record what a deletion did to its agent. */
export function auditDeletion(
  transaction: OrganizationTransaction,
  { agent, deletion, action }: { agent: Agent; deletion: AgentDeletion; action: string },
): Promise<void> {
  return recordAuditEvent(transaction, {
    actor: SYSTEM,
    action,
    status: 200,
    outcome: 'succeeded',
    target: { kind: 'agent', id: agent.id, name: agent.name },
    requestId: deletion.operationId,
    operationId: deletion.operationId,
  });
}
