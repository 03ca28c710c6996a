import { createHash } from 'node:crypto';
import type { Config } from '../config.ts';
import type { Dependencies } from '../dependencies.ts';
import { type Approvable, type Approval, newApproval, type Policy, policySchema } from '../domain/approval.ts';
import { type Actor, actorOf, type Caller } from '../domain/caller.ts';
import { canonicalJson } from '../domain/canonical-json.ts';
import { scopesNow } from '../domain/grant-scopes.ts';
import { isFinal, type OperationStatus } from '../domain/long-running.ts';
import { type Role, roleAtLeast } from '../domain/roles.ts';
import { scopesAllow } from '../domain/scopes.ts';
import { PublicError } from '../errors.ts';
import type { OrganizationTransaction } from '../store/database.ts';
import type { Operation, Prisma } from '../store/generated/client.ts';
import { isFresh } from './sessions.ts';

export interface PolicyChange {
  require_approval?: { [Action in Approvable]?: boolean | undefined } | undefined;
  second_person?: boolean | undefined;
}

export async function readPolicy(transaction: OrganizationTransaction): Promise<Policy> {
  const { organizationId: id } = transaction;
  const { policy } = await transaction.organization.findUniqueOrThrow({ where: { id }, select: { policy: true } });
  return policySchema.parse(policy);
}

/** Changes what is given of the policy, and leaves the rest: also where two admins change it at once. */
export async function changePolicy(transaction: OrganizationTransaction, change: PolicyChange): Promise<Policy> {
  const { organizationId: id } = transaction;
  await transaction.$queryRaw`SELECT id FROM organization WHERE id = app_organization() FOR NO KEY UPDATE`;
  const before = await readPolicy(transaction);
  const policy = policySchema.parse({
    require_approval: { ...before.require_approval, ...change.require_approval },
    second_person: change.second_person ?? before.second_person,
  });
  await transaction.organization.update({ where: { id }, data: { policy } });
  return policy;
}

/** The approval that the policy of now demands for an operation, or null. */
export async function demandedApproval(
  transaction: OrganizationTransaction,
  action: Approvable,
  asked: { kind: string; targetId: string; input: unknown },
): Promise<Approval | null> {
  const { require_approval, second_person } = await readPolicy(transaction);
  return require_approval[action] ? newApproval(action, hashOf(asked), second_person, Date.now()) : null;
}

/** What an approval is bound to. */
export function hashOf({ kind, targetId, input }: { kind: string; targetId: string; input: unknown }): string {
  return createHash('sha256')
    .update(canonicalJson({ kind, target: targetId, input }))
    .digest('hex');
}

export function approvalOf({ approval }: Pick<Operation, 'approval'>): Approval | null {
  return approval as unknown as Approval | null;
}

interface Decision {
  operation: Operation;
  decision: 'approved' | 'rejected';
  inputHash: string;
}

/**
 * Puts a person's decision on the operation's row, whose workflow looks at it.
 * @throws PublicError `forbidden`, `refused_by_policy`, `reauthentication_required` for who may not
 * decide; `conflict` when nothing waits for it, or for another input
 */
export async function decideApproval(
  transaction: OrganizationTransaction,
  { config, caller }: Pick<Dependencies, 'config'> & { caller: Caller },
  { operation, decision, inputHash }: Decision,
): Promise<void> {
  await transaction.$queryRaw`SELECT id FROM operation WHERE id = ${operation.id}::uuid FOR UPDATE`;
  const row = await transaction.operation.findUniqueOrThrow({ where: { id: operation.id } });
  const approval = approvalOf(row);
  await requireApprover(transaction, config, caller, row, approval);
  const isOpen = approval?.decision === null && !isFinal(row.status as OperationStatus);
  if (approval === null || !isOpen || Date.parse(approval.expires_at) <= Date.now()) {
    throw new PublicError('conflict', 'This operation waits for no approval (any more). Look at it again.', {
      members: { tools: ['get_operation'] },
    });
  }
  if (approval.input_hash !== inputHash) {
    throw new PublicError('conflict', 'This is not the input that the operation has. Read it again, then decide.');
  }
  await transaction.operation.update({
    where: { id: row.id },
    data: {
      approval: {
        ...approval,
        decision,
        decided_by: actorOf(caller).name,
        decided_at: new Date().toISOString(),
      } as unknown as Prisma.InputJsonObject,
      updatedAt: new Date(),
    },
  });
}

/** Who may approve; the operation's definition asks for role and scope. */
async function requireApprover(
  transaction: OrganizationTransaction,
  config: Config,
  caller: Caller,
  operation: Operation,
  approval: Approval | null,
): Promise<void> {
  const isAsker = caller.person.id === operation.requestedPersonId;
  if (caller.kind === 'app') {
    throw new PublicError('forbidden', 'No app decides this: a person does, on the page of the operation.');
  }
  if (caller.kind === 'api_token') {
    if (!isAsker) return;
    throw new PublicError('refused_by_policy', 'Who asked cannot approve by an API token. Decide on the dashboard.');
  }
  if (approval?.second_person && isAsker) {
    throw new PublicError('refused_by_policy', 'The policy wants a second person: somebody else has to decide this.');
  }
  const session = await transaction.session.findUnique({ where: { id: caller.sessionId } });
  if (session === null || !isFresh(session)) {
    const returnTo = `/operations/${operation.id}?organization=${operation.organizationId}`;
    const query = new URLSearchParams({ return_to: returnTo });
    throw new PublicError('reauthentication_required', 'Show that it is you, then decide again.', {
      members: { url: `${config.publicUrl}/reauthenticate?${query}` },
    });
  }
}

/**
 * Whether who asked may still do it: role, API token and grant as of now (invariant 6).
 * @returns why not, or null
 */
export async function whyAskerMayNot(
  transaction: OrganizationTransaction,
  operation: Pick<Operation, 'requestedBy' | 'requestedPersonId' | 'area'>,
): Promise<string | null> {
  const { kind, id, grantId } = operation.requestedBy as unknown as Actor;
  if (kind === 'system') return null;
  const membership = await transaction.membership.findFirst({ where: { personId: operation.requestedPersonId ?? '' } });
  if (membership === null || !roleAtLeast(membership.role as Role, 'manager')) {
    return 'Who asked for it may not do it any more.';
  }
  const stands = { revokedAt: null, OR: [{ expiresAt: null }, { expiresAt: { gt: new Date() } }] };
  const scope = `${operation.area}:write`;
  if (kind === 'api_token') {
    const apiToken = await transaction.apiToken.findFirst({ where: { id, ...stands } });
    if (apiToken === null) return 'The API token that asked for it was revoked.';
    return scopesAllow(new Set(apiToken.scopes), scope) ? null : 'The API token that asked may not do it any more.';
  }
  if (kind === 'app') {
    const grant = await transaction.oauthGrant.findFirst({ where: { id: grantId ?? '', ...stands } });
    if (grant === null) return 'The connected app that asked for it was disconnected.';
    return scopesAllow(new Set(scopesNow(grant)), scope)
      ? null
      : 'The connected app that asked may not do it any more.';
  }
  return null;
}
