import { createHmac } from 'node:crypto';
import { v7 as uuid } from 'uuid';
import type { Dependencies } from '../dependencies.ts';
import type { Caller } from '../domain/caller.ts';
import type { OrganizationTransaction } from '../store/database.ts';
import type { AgentKey, Operation } from '../store/generated/client.ts';
import { bearerHash, newBearerSecret } from '../vault/bearer-secret.ts';
import { fingerprint } from '../vault/fingerprint.ts';
import { agentKeyAssociation, type Vault } from '../vault/vault.ts';
import { ONE_TIME_LINK_MINUTES } from './one-time-links.ts';

/**
 * What the reveal link of a key made by a workflow presents. It is worked out anew whenever its asker looks at the
 * operation, because nothing that a bearer presents is stored or passes through Temporal (invariant 1).
 */
function presentedFor(linkKey: Buffer, agentKeyId: string): string {
  return `agl_${createHmac('sha256', linkKey).update(agentKeyId).digest('base64url')}`;
}

/** Makes the key that takes the place of another, sealed until its asker reveals it. */
export async function createRotatedAgentKey(
  transaction: OrganizationTransaction,
  { vault, linkKey }: { vault: Vault; linkKey: Buffer },
  { oldKey, personId, operationId }: { oldKey: AgentKey; personId: string; operationId: string },
): Promise<void> {
  const id = uuid();
  const value = newBearerSecret('agk_');
  const { organizationId } = transaction;
  const sealed = await vault.seal(Buffer.from(value), agentKeyAssociation(organizationId, id));
  await transaction.agentKey.create({
    data: {
      id,
      organizationId,
      agentId: oldKey.agentId,
      name: oldKey.name,
      rateLimitRpm: oldKey.rateLimitRpm,
      hash: bearerHash(value),
      fingerprint: fingerprint(value),
      createdBy: personId,
      operationId,
      sealed: Buffer.from(sealed.sealed),
      wrappedKey: Buffer.from(sealed.wrappedKey),
      wrapKeyId: sealed.wrapKeyId,
    },
  });
  await transaction.oneTimeLink.create({
    data: {
      kind: 'reveal',
      organizationId,
      personId,
      agentKeyId: id,
      tokenHash: bearerHash(presentedFor(linkKey, id)),
      expiresAt: new Date(Date.now() + ONE_TIME_LINK_MINUTES * 60_000),
    },
  });
}

/** Where the asker of an operation reveals its new key; null for everybody else, and when it waits for no reveal. */
export async function revealUrlOf(
  transaction: OrganizationTransaction,
  { config, caller, linkKey }: Pick<Dependencies, 'config'> & { caller: Caller; linkKey: Buffer },
  operation: Operation,
): Promise<string | null> {
  if (operation.waitingFor !== 'reveal' || operation.requestedPersonId !== caller.person.id) return null;
  const agentKey = await transaction.agentKey.findFirst({ where: { operationId: operation.id, revealedAt: null } });
  return agentKey === null ? null : `${config.publicUrl}/reveal/${presentedFor(linkKey, agentKey.id)}`;
}

/** The rotation that made a key; null when somebody made it. */
export async function findRotationOfKey(
  transaction: OrganizationTransaction,
  agentKeyId: string,
): Promise<Operation | null> {
  const agentKey = await transaction.agentKey.findUnique({ where: { id: agentKeyId }, select: { operationId: true } });
  if (agentKey?.operationId == null) return null;
  return transaction.operation.findUnique({ where: { id: agentKey.operationId } });
}
