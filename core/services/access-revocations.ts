import type { Dependencies } from '../dependencies.ts';
import {
  ACCESS_REVOCATION_STEPS,
  type AccessRevocation,
  accessRevocationWorkflowId,
  REFUSE_TOKENS,
  REVOKE_CONNECTED_APP,
} from '../domain/access-revocation.ts';
import type { Actor } from '../domain/caller.ts';
import type { OrganizationTransaction } from '../store/database.ts';
import type { OauthGrant, Operation } from '../store/generated/client.ts';
import { recordAuditEvent } from './audit.ts';
import { actorOfGrant, organizationOfGrant } from './oauth-grants.ts';
import { acceptOperation } from './operations.ts';

/** What the workflow of an accepted revocation starts with. */
export function revocationOf({ id, organizationId, input }: Operation): AccessRevocation {
  return { organizationId, operationId: id, grantIds: (input as { grants: string[] }).grants };
}

/**
 * Ends grants of one connected app. Invariant 6: from the commit on every process refuses their tokens, because each
 * request reads the grant's row. A call that is under way holds none of this up. What is left to do, the workflow does.
 * @param requestedPersonId who asked
 * @returns the accepted operation, or null when there was none to end
 */
export async function revokeGrants(
  transaction: OrganizationTransaction,
  grants: readonly OauthGrant[],
  { requestedBy, requestedPersonId }: { requestedBy: Actor; requestedPersonId: string },
): Promise<Operation | null> {
  const open = await lockOpen(transaction, grants);
  const newest = open.at(-1);
  if (newest === undefined) return null;
  const { operation } = await acceptOperation(transaction, {
    kind: REVOKE_CONNECTED_APP,
    area: 'access',
    steps: ACCESS_REVOCATION_STEPS,
    taken: REFUSE_TOKENS,
    // A grant ends once, so no other revocation is joined that may be past looking at these.
    target: { kind: 'connected_app', id: newest.id, name: newest.clientName },
    input: { app: newest.connectedAppId, grants: open.map(({ id }) => id) },
    requestedBy,
    requestedPersonId,
    workflowId: (operationId) => accessRevocationWorkflowId({ operationId }),
  });
  await transaction.oauthGrant.updateMany({
    where: { id: { in: open.map(({ id }) => id) } },
    data: { revokedAt: new Date() },
  });
  return operation;
}

/** Those that nobody else ends at the moment, the oldest first. */
async function lockOpen(transaction: OrganizationTransaction, grants: readonly OauthGrant[]): Promise<OauthGrant[]> {
  const ids = grants.map(({ id }) => id).toSorted();
  const rows = await transaction.$queryRaw<{ id: string }[]>`
    SELECT id FROM oauth_grant WHERE id = ANY(${ids}) AND revoked_at IS NULL ORDER BY id FOR NO KEY UPDATE`;
  return rows.flatMap(({ id }) => grants.find((grant) => grant.id === id) ?? []);
}

/**
 * Starts what is left to do. The access has ended already, so nobody is told of a Temporal that is away: housekeeping
 * starts it later.
 */
export async function startRevocations(
  { workflows, log }: Pick<Dependencies, 'workflows' | 'log'>,
  operations: readonly Operation[],
): Promise<void> {
  const starts = operations.map((operation) =>
    workflows.startAccessRevocation(revocationOf(operation)).catch((error: unknown) => {
      log.warn({ err: error, operation_id: operation.id }, 'a revocation goes on when housekeeping finds it');
    }),
  );
  await Promise.all(starts);
}

/** The client ended its own grant (RFC 7009), or presented a code or refresh token a second time. */
export async function revokeGrantOfClient(
  dependencies: Pick<Dependencies, 'database' | 'workflows' | 'log'>,
  grantId: string,
  requestId: string,
): Promise<void> {
  const organizationId = await organizationOfGrant(dependencies, grantId);
  if (organizationId === null) return;
  const operation = await dependencies.database.inOrganization(organizationId, async (transaction) => {
    const grant = await transaction.oauthGrant.findUnique({ where: { id: grantId } });
    if (grant === null) return null;
    const requestedBy = await actorOfGrant(transaction, grant);
    const accepted = await revokeGrants(transaction, [grant], { requestedBy, requestedPersonId: grant.personId });
    if (accepted === null) return null;
    await recordAuditEvent(transaction, {
      actor: requestedBy,
      action: REVOKE_CONNECTED_APP,
      status: 200,
      outcome: 'succeeded',
      target: { kind: 'connected_app', id: grantId, name: grant.clientName },
      requestId,
      operationId: accepted.id,
    });
    return accepted;
  });
  if (operation !== null) await startRevocations(dependencies, [operation]);
}
