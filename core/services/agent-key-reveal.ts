import type { Dependencies } from '../dependencies.ts';
import { actorOf, type Caller } from '../domain/caller.ts';
import { PublicError } from '../errors.ts';
import { revealAgentKey } from './agent-keys.ts';
import { recordAuditEvent } from './audit.ts';
import { type OneTimeLink, useOneTimeLink } from './one-time-links.ts';
import { findRotationOfKey } from './rotated-agent-keys.ts';

export interface RevealTarget {
  keyName: string;
  /** null: all agents. */
  agentName: string | null;
}

/** Which agent key a reveal link would show; null when the key is gone. */
export function readRevealTarget(
  { database }: Pick<Dependencies, 'database'>,
  { organizationId, agentKeyId }: OneTimeLink,
): Promise<RevealTarget | null> {
  return database.inOrganization(organizationId, async (transaction) => {
    const agentKey = await transaction.agentKey.findFirst({
      where: { id: agentKeyId ?? undefined },
      include: { agent: { select: { name: true } } },
    });
    if (agentKey === null || agentKeyId === null) return null;
    return { keyName: agentKey.name, agentName: agentKey.agent?.name ?? null };
  });
}

/**
 * Shows an agent key once: the link is used up and the sealed value forgotten in one transaction. The caller of this
 * function has checked that the asker asks.
 * @throws PublicError `conflict` when it was shown or destroyed
 */
export async function revealThroughLink(
  dependencies: Dependencies,
  { link, caller }: { link: OneTimeLink; caller: Caller },
): Promise<string> {
  const { agentKeyId } = link;
  await dependencies.vault.prepare(link.organizationId);
  const { value, rotation } = await dependencies.database.inOrganization(link.organizationId, async (transaction) => {
    // The agent key before its link, as everybody locks them: else two transactions wait for each other.
    await transaction.$queryRaw`SELECT id FROM agent_key WHERE id = ${agentKeyId}::uuid FOR UPDATE`;
    if (agentKeyId === null || !(await useOneTimeLink(transaction, link.id))) {
      throw new PublicError('conflict', 'This link was used already or is over. Make a new key.', {
        members: { tools: ['create_agent_key'] },
      });
    }
    const { value, name } = await revealAgentKey(transaction, dependencies, { agentKeyId });
    await recordAuditEvent(transaction, {
      actor: actorOf(caller),
      action: 'reveal_agent_key',
      status: 200,
      outcome: 'succeeded',
      target: { kind: 'agent_key', id: agentKeyId, name },
      requestId: caller.requestId,
    });
    return { value, rotation: await findRotationOfKey(transaction, agentKeyId) };
  });
  // The rotation looks from time to time anyway.
  if (rotation !== null) {
    await dependencies.workflows.tellToLook(rotation.workflowId).catch((error: unknown) => {
      dependencies.log.warn({ err: error, operation_id: rotation.id }, 'a rotation was not told of its reveal');
    });
  }
  return value;
}
