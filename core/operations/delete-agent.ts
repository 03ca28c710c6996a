import { z } from 'zod';
import { AGENT_DELETION_STEPS, agentDeletionWorkflowId } from '../domain/agent-deletion.ts';
import { actorOf } from '../domain/caller.ts';
import { DRAIN_LIMIT_SECONDS, RESTORABLE_DAYS } from '../domain/long-running.ts';
import { deletionOf } from '../services/agent-deletions.ts';
import { findAgent } from '../services/agents.ts';
import { acceptOperation } from '../services/operations.ts';
import type { Operation } from '../store/generated/client.ts';
import { defineOperation } from './define-operation.ts';
import { dryRun, reference } from './members.ts';
import { startAfterCommit } from './start-after-commit.ts';
import { longRunningAnswer } from './views.ts';

export const deleteAgent = defineOperation({
  name: 'delete_agent',
  title: 'Delete an agent',
  kind: 'D',
  area: 'agents',
  description: `Refuses new calls, lets calls in flight end (at most ${DRAIN_LIMIT_SECONDS} s) and frees the name. restore_agent brings it back for ${RESTORABLE_DAYS} days; then it is purged. Answers a long-running operation.`,
  examples: [{ agent: 'old-test-agent' }, { agent: 'old-test-agent', dry_run: true }],
  input: z.strictObject({ agent: reference, dry_run: dryRun }),
  output: longRunningAnswer,
  rest: { method: 'DELETE', path: '/agents/{agent}', status: 202 },
  async run(context, input) {
    const { transaction, caller, config } = context;
    const agent = await findAgent(transaction, input.agent);
    context.auditTarget({ kind: 'agent', id: agent.id, name: agent.name });
    const links = await transaction.credentialLink.findMany({
      where: { agentId: agent.id },
      include: { credential: true },
    });
    const keys = await transaction.agentKey.count({ where: { agentId: agent.id, revokedAt: null } });
    const would = [
      `refuse new calls to ${config.relayUrl}/${agent.name}`,
      `end calls in flight within ${DRAIN_LIMIT_SECONDS} seconds`,
      `stop ${keys} agent key${keys === 1 ? '' : 's'} from working`,
      ...links.map(({ credential }) => `keep the credential "${credential.name}" in the vault, without this link`),
      `keep everything restorable for ${RESTORABLE_DAYS} days`,
    ];
    if (input.dry_run) return { operation_id: null, operation: null, joined: false, dry_run: true, would };
    const accepted = await acceptOperation(transaction, {
      kind: 'delete_agent',
      area: 'agents',
      steps: AGENT_DELETION_STEPS,
      target: { kind: 'agent', id: agent.id, name: agent.name },
      input: { agent: agent.name },
      requestedBy: actorOf(caller),
      requestedPersonId: caller.person.id,
      approvable: 'delete',
      workflowId: (operationId) => agentDeletionWorkflowId({ agentId: agent.id, operationId }),
    });
    const start = (operation: Operation) => context.workflows.startAgentDeletion(deletionOf(operation));
    return { ...startAfterCommit(context, accepted, start), would };
  },
});
