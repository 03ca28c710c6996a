/** What the deletion of an agent starts with: IDs only, never content. */
export interface AgentDeletion {
  organizationId: string;
  agentId: string;
  operationId: string;
  /** A person must approve it first. */
  needsApproval?: true;
}

/** One deletion, one workflow: a restored agent may be deleted again while its first deletion still closes. */
export function agentDeletionWorkflowId(deletion: Pick<AgentDeletion, 'agentId' | 'operationId'>): string {
  return `agent-deletion/${deletion.agentId}/${deletion.operationId}`;
}

/** The steps that `get_operation` shows. The purge is no step of the operation: it happens only if nobody restores. */
export const AGENT_DELETION_STEPS = ['refuse_new_calls', 'drain'] as const;
