import { readingScopes } from '../domain/grant-scopes.ts';
import type { OrganizationTransaction } from '../store/database.ts';
import type { OauthGrant } from '../store/generated/client.ts';
import { recordSystemEvent } from './audit.ts';

/**
 * Notes that a grant's time to write is over. It was refused from that moment on, because each call compares the time
 * (core/domain/grant-scopes.ts); this puts it on the record and leaves the grant as what it now is.
 */
export async function endWriting(transaction: OrganizationTransaction, id: string): Promise<void> {
  const grant = await lockGrant(transaction, id);
  if (grant?.writesUntil == null || grant.writesUntil > new Date()) return;
  const scopes = readingScopes(grant.scopes);
  await transaction.oauthGrant.update({ where: { id }, data: { scopes, writesUntil: null } });
  const ended = { writes_until: grant.writesUntil.toISOString(), scopes };
  await recordSystemEvent(transaction, { action: 'end_writing', target: targetOf(grant), arguments: ended });
}

/** Ends a grant of which nothing is left: its refresh token was not used for 30 days, or its code never. */
export async function endIdleGrant(transaction: OrganizationTransaction, id: string): Promise<void> {
  const grant = await lockGrant(transaction, id);
  if (grant === null) return;
  if ((await transaction.oauthArtifact.count({ where: { grantId: id } })) > 0) return;
  await transaction.oauthGrant.update({ where: { id }, data: { expiresAt: new Date() } });
  const idle = { last_used_at: grant.lastUsedAt?.toISOString() ?? null };
  await recordSystemEvent(transaction, { action: 'expire_access', target: targetOf(grant), arguments: idle });
}

/** @returns the grant, or null when it has ended meanwhile */
async function lockGrant(transaction: OrganizationTransaction, id: string): Promise<OauthGrant | null> {
  await transaction.$queryRaw`SELECT id FROM oauth_grant WHERE id = ${id} FOR UPDATE`;
  return transaction.oauthGrant.findFirst({ where: { id, revokedAt: null, expiresAt: null } });
}

function targetOf({ id, clientName: name }: OauthGrant) {
  return { kind: 'connected_app', id, name };
}
