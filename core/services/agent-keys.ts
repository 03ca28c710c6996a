import { v7 as uuid } from 'uuid';
import type { Dependencies } from '../dependencies.ts';
import { PublicError } from '../errors.ts';
import type { OrganizationTransaction } from '../store/database.ts';
import type { AgentKey } from '../store/generated/client.ts';
import { bearerHash, newBearerSecret } from '../vault/bearer-secret.ts';
import { fingerprint } from '../vault/fingerprint.ts';
import { agentKeyAssociation } from '../vault/vault.ts';
import { createRevealLink } from './one-time-links.ts';

export interface NewAgentKey {
  /** null: all agents of the organization. */
  agentId: string | null;
  name: string;
  /** Calls with it in any 60 seconds; left out: no limit of its own. */
  rateLimitRpm?: number | undefined;
  personId: string;
  /** The value goes into this very answer (REST), instead of behind a one-time link. */
  inline: boolean;
}

/** Makes an agent key. What is stored is its hash, and until the one reveal the sealed value. */
export async function createAgentKey(
  transaction: OrganizationTransaction,
  dependencies: Dependencies,
  { agentId, name, rateLimitRpm, personId, inline }: NewAgentKey,
): Promise<{ id: string; fingerprint: string; reveal_url: string | null; value?: string }> {
  const id = uuid();
  const value = newBearerSecret('agk_');
  const { organizationId } = transaction;
  const sealed = inline
    ? undefined
    : await dependencies.vault.seal(Buffer.from(value), agentKeyAssociation(organizationId, id));
  await transaction.agentKey.create({
    data: {
      id,
      organizationId,
      agentId,
      name,
      rateLimitRpm: rateLimitRpm ?? null,
      hash: bearerHash(value),
      fingerprint: fingerprint(value),
      createdBy: personId,
      revealedAt: inline ? new Date() : null,
      ...(sealed && {
        sealed: Buffer.from(sealed.sealed),
        wrappedKey: Buffer.from(sealed.wrappedKey),
        wrapKeyId: sealed.wrapKeyId,
      }),
    },
  });
  if (inline) return { id, fingerprint: fingerprint(value), reveal_url: null, value };
  const link = await createRevealLink(transaction, dependencies, { agentKeyId: id, personId });
  return { id, fingerprint: fingerprint(value), reveal_url: link.url };
}

/**
 * Invariant 1: hands the value out once and forgets it. The caller has checked who asks.
 * @throws PublicError `conflict` when it was shown, destroyed or revoked
 */
export async function revealAgentKey(
  transaction: OrganizationTransaction,
  { vault }: Dependencies,
  { agentKeyId }: { agentKeyId: string },
): Promise<{ value: string; name: string; agent: string | null }> {
  const { organizationId } = transaction;
  await transaction.$queryRaw`SELECT id FROM agent_key WHERE id = ${agentKeyId}::uuid FOR UPDATE`;
  const agentKey = await transaction.agentKey.findUnique({ where: { id: agentKeyId }, include: { agent: true } });
  if (!agentKey?.sealed || !agentKey.wrappedKey || !agentKey.wrapKeyId || agentKey.revokedAt !== null) {
    throw new PublicError('conflict', 'This key was already shown, or destroyed unseen. Make a new one.', {
      members: { tools: ['create_agent_key'] },
    });
  }
  const { sealed, wrappedKey, wrapKeyId } = agentKey;
  const value = await vault.open({ sealed, wrappedKey, wrapKeyId }, agentKeyAssociation(organizationId, agentKeyId));
  await transaction.agentKey.update({
    where: { id: agentKeyId },
    data: { sealed: null, wrappedKey: null, wrapKeyId: null, revealedAt: new Date() },
  });
  return { value: value.toString('utf8'), name: agentKey.name, agent: agentKey.agent?.name ?? null };
}

export function describeAgentKey(agentKey: AgentKey & { agent: { name: string } | null }, lastUsedAt: Date | null) {
  const status =
    agentKey.revokedAt !== null
      ? ('revoked' as const)
      : agentKey.sealed !== null
        ? ('awaiting_reveal' as const)
        : ('active' as const);
  return {
    id: agentKey.id,
    name: agentKey.name,
    agent: agentKey.agent?.name ?? null,
    fingerprint: agentKey.fingerprint,
    status,
    rate_limit_rpm: agentKey.rateLimitRpm,
    created_at: agentKey.createdAt.toISOString(),
    last_used_at: lastUsedAt?.toISOString() ?? null,
    revoked_at: agentKey.revokedAt?.toISOString() ?? null,
  };
}
