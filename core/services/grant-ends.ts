import { SYSTEM } from '../domain/caller.ts';
import { readingScopes } from '../domain/grant-scopes.ts';
import type { OrganizationTransaction } from '../store/database.ts';
import type { OauthGrant } from '../store/generated/client.ts';
import { recordAuditEvent } from './audit.ts';

/**
 * Notes that a grant's time to write is over. It was refused from that moment on, because each call compares the time
 * (core/domain/grant-scopes.ts); this puts it on the record and leaves the grant as what it now is.
 */
export async function endWriting(transaction: OrganizationTransaction, id: string): Promise<void> {
  const grant = await lockGrant(transaction, id);
  if (grant?.writesUntil == null || grant.writesUntil > new Date()) return;
  const scopes = readingScopes(grant.scopes);
  await transaction.oauthGrant.update({ where: { id }, data: { scopes, writesUntil: null } });
  await audit(transaction, grant, 'end_writing', { writes_until: grant.writesUntil.toISOString(), scopes });
}

/** Ends a grant of which nothing is left: its refresh token was not used for 30 days, or its code never. */
export async function endIdleGrant(transaction: OrganizationTransaction, id: string): Promise<void> {
  const grant = await lockGrant(transaction, id);
  if (grant === null) return;
  if ((await transaction.oauthArtifact.count({ where: { grantId: id } })) > 0) return;
  await transaction.oauthGrant.update({ where: { id }, data: { expiresAt: new Date() } });
  await audit(transaction, grant, 'expire_access', { last_used_at: grant.lastUsedAt?.toISOString() ?? null });
}

/** @returns the grant, or null when it has ended meanwhile */
async function lockGrant(transaction: OrganizationTransaction, id: string): Promise<OauthGrant | null> {
  await transaction.$queryRaw`SELECT id FROM oauth_grant WHERE id = ${id} FOR UPDATE`;
  return transaction.oauthGrant.findFirst({ where: { id, revokedAt: null, expiresAt: null } });
}

function audit(
  transaction: OrganizationTransaction,
  { id, clientName: name }: OauthGrant,
  action: string,
  given: Record<string, unknown>,
): Promise<void> {
  const target = { kind: 'connected_app', id, name };
  return recordAuditEvent(transaction, {
    actor: SYSTEM,
    action,
    status: 200,
    outcome: 'succeeded',
    target,
    arguments: given,
    requestId: id,
  });
}
