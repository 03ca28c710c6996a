import type { AgentDeletion } from '../domain/agent-deletion.ts';
import type { Operation } from '../store/generated/client.ts';

/** What the workflow of an accepted deletion starts with. */
export function deletionOf({ id, organizationId, targetId, approval }: Operation): AgentDeletion {
  return { organizationId, agentId: targetId, operationId: id, ...(approval !== null && { needsApproval: true }) };
}
