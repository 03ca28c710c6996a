import { z } from 'zod';
import {
  AGENT_KEY_ROTATION_STEPS,
  agentKeyRotationWorkflowId,
  DEFAULT_GRACE_SECONDS,
} from '../domain/agent-key-rotation.ts';
import { actorOf } from '../domain/caller.ts';
import { PublicError } from '../errors.ts';
import { keyRotationOf } from '../services/agent-key-rotations.ts';
import { findAgent } from '../services/agents.ts';
import { acceptOperation } from '../services/operations.ts';
import type { OrganizationTransaction } from '../store/database.ts';
import type { Agent, AgentKey, Operation } from '../store/generated/client.ts';
import { defineOperation } from './define-operation.ts';
import { dryRun, reference } from './members.ts';
import { startAfterCommit } from './start-after-commit.ts';
import { longRunningAnswer } from './views.ts';

export const rotateAgentKey = defineOperation({
  name: 'rotate_agent_key',
  title: "Rotate an agent's key",
  kind: 'D',
  area: 'agents',
  description:
    'Makes a new agent key, which the person who asked reveals once at operation.reveal_url (get_operation tells it within seconds) within 15 minutes. From then on both keys work for the grace period; the old one retires at its end, or once it is unused. Answers a long-running operation.',
  examples: [{ agent: 'openai-relay' }, { agent: 'openai-relay', grace_seconds: 3600 }],
  input: z.strictObject({
    agent: reference,
    key: z.uuid().optional().describe('Which key, where the agent has several (list_agent_keys).'),
    grace_seconds: z
      .int()
      .min(0)
      .max(30 * 86_400)
      .default(DEFAULT_GRACE_SECONDS)
      .describe('How long both keys work, from the reveal on.'),
    dry_run: dryRun,
  }),
  output: longRunningAnswer,
  rest: { method: 'POST', path: '/agents/{agent}/keys/rotate', status: 202 },
  async run(context, input) {
    const { transaction, caller } = context;
    const agent = await findAgent(transaction, input.agent);
    context.auditTarget({ kind: 'agent', id: agent.id, name: agent.name });
    const agentKey = await findKey(transaction, agent, input.key);
    const would = [
      `make a new key for ${agent.name} and show it once, to you`,
      `let the key ${agentKey.fingerprint} work for ${input.grace_seconds} seconds more`,
      'then retire it, or an hour after its last use once the new one is in use',
    ];
    if (input.dry_run) return { operation_id: null, operation: null, joined: false, dry_run: true, would };
    const accepted = await acceptOperation(transaction, {
      kind: 'rotate_agent_key',
      area: 'agents',
      steps: AGENT_KEY_ROTATION_STEPS,
      target: { kind: 'agent', id: agent.id, name: agent.name },
      input: { agent: agent.name, key: agentKey.id, grace_seconds: input.grace_seconds },
      requestedBy: actorOf(caller),
      requestedPersonId: caller.person.id,
      approvable: 'rotate',
      workflowId: (operationId) => agentKeyRotationWorkflowId({ agentId: agent.id, operationId }),
    });
    const start = (operation: Operation) => context.workflows.startAgentKeyRotation(keyRotationOf(operation));
    return { ...startAfterCommit(context, accepted, start), would };
  },
});

/** @throws PublicError `conflict` where it is not clear which key is meant */
async function findKey(transaction: OrganizationTransaction, agent: Agent, id: string | undefined): Promise<AgentKey> {
  const keys = await transaction.agentKey.findMany({
    where: { agentId: agent.id, revokedAt: null, sealed: null, ...(id !== undefined && { id }) },
    orderBy: { createdAt: 'asc' },
  });
  const [agentKey] = keys;
  if (agentKey === undefined) {
    throw new PublicError('conflict', `"${agent.name}" has no such key of its own in use. Make one first.`, {
      members: { tools: ['create_agent_key'] },
    });
  }
  if (keys.length > 1) {
    throw new PublicError('conflict', `"${agent.name}" has several keys. Name the one that is to go in \`key\`.`, {
      members: { candidates: keys.map(({ id, fingerprint }) => ({ id, fingerprint })) },
    });
  }
  return agentKey;
}
