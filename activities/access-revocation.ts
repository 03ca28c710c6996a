import type { Dependencies } from '../core/dependencies.ts';
import type { AccessRevocation, IntrospectedTokens } from '../core/domain/access-revocation.ts';
import { SYSTEM } from '../core/domain/caller.ts';
import { type AuditEntry, recordAuditEvent } from '../core/services/audit.ts';
import { introspectTokensOf } from '../core/services/introspection.ts';
import { beginStep, failOperation, succeedOperation } from '../core/services/long-running.ts';
import { dropArtifactsOfGrant } from '../core/services/oauth-artifacts.ts';
import type { OrganizationTransaction } from '../core/store/database.ts';
import type { Operation } from '../core/store/generated/client.ts';
import { attemptDeliveries, type DeliveringDependencies } from './alert-deliveries.ts';
import { heartbeating } from './heartbeating.ts';
import { untilOpenTransactionsEnd } from './open-transactions.ts';
import { type SettledOperation, settleOperationsOfApp } from './operations-of-app.ts';

type RevocationDependencies = DeliveringDependencies & Pick<Dependencies, 'workflows'>;

export type AccessRevocationActivities = ReturnType<typeof createAccessRevocationActivities>;

/** What the workflow `revokeAccess` does. Each commits its step and its audit event together, so it may run again. */
export function createAccessRevocationActivities(dependencies: RevocationDependencies) {
  const { database } = dependencies;
  return heartbeating({
    /** Null when a token is accepted still: then the operation has failed and says so. */
    async introspectTokens(revocation: AccessRevocation): Promise<IntrospectedTokens | null> {
      const tokens = await introspectTokensOf(database, revocation.grantIds);
      await database.inOrganization(revocation.organizationId, (transaction) =>
        showIntrospection(transaction, revocation, tokens),
      );
      return tokens.active === 0 ? tokens : null;
    },

    /** A call that was under way when the access ended may have accepted one more: it is waited for. */
    async settleOperations({
      tokens,
      ...revocation
    }: AccessRevocation & { tokens: IntrospectedTokens }): Promise<void> {
      await untilOpenTransactionsEnd(database);
      const settled = await database.inOrganization(revocation.organizationId, (transaction) =>
        settle(transaction, dependencies, revocation, tokens),
      );
      await attemptDeliveries(
        dependencies,
        settled.flatMap(({ planned }) => planned),
      );
      const cancelled = settled.filter(({ outcome }) => outcome === 'cancelled');
      // They look at their rows anyway, so a lost word harms nothing.
      await Promise.allSettled(
        cancelled.map(({ operation }) => dependencies.workflows.tellToLook(operation.workflowId)),
      );
    },
  });
}

async function showIntrospection(
  transaction: OrganizationTransaction,
  { operationId }: AccessRevocation,
  tokens: IntrospectedTokens,
): Promise<void> {
  const operation = await lockOperation(transaction, operationId);
  const isNew = operation.step === null;
  await beginStep(transaction, operationId, 'introspect_tokens');
  const event = { action: 'introspect_app_tokens', arguments: { ...tokens } };
  if (tokens.active === 0) {
    if (isNew) await audit(transaction, operation, { ...event, outcome: 'succeeded' });
    return;
  }
  const detail = `${tokens.active} tokens of this app are accepted still: its access was given back meanwhile. Revoke it again.`;
  const hasFailed = await failOperation(transaction, operationId, { code: 'still_active', detail });
  if (hasFailed) await audit(transaction, operation, { ...event, outcome: 'failed' });
}

async function settle(
  transaction: OrganizationTransaction,
  dependencies: RevocationDependencies,
  revocation: AccessRevocation,
  tokens: IntrospectedTokens,
): Promise<SettledOperation[]> {
  const operation = await lockOperation(transaction, revocation.operationId);
  if (!(await beginStep(transaction, operation.id, 'settle_operations'))) return [];
  for (const grantId of revocation.grantIds) await dropArtifactsOfGrant(transaction, grantId);
  const settled = await settleOperationsOfApp(transaction, dependencies, revocation);
  const count = (wanted: SettledOperation['outcome']) => settled.filter(({ outcome }) => outcome === wanted).length;
  const operations = { cancelled_operations: count('cancelled'), handed_over_operations: count('handed_over') };
  await succeedOperation(transaction, operation.id, { ...tokens, ...operations });
  await audit(transaction, operation, {
    action: 'finish_access_revocation',
    outcome: 'succeeded',
    arguments: operations,
  });
  return settled;
}

async function lockOperation(transaction: OrganizationTransaction, id: string): Promise<Operation> {
  await transaction.$queryRaw`SELECT id FROM operation WHERE id = ${id}::uuid FOR UPDATE`;
  return transaction.operation.findUniqueOrThrow({ where: { id } });
}

function audit(
  transaction: OrganizationTransaction,
  { id, targetKind, targetId, targetName }: Operation,
  event: Pick<AuditEntry, 'action' | 'outcome' | 'arguments'>,
): Promise<void> {
  return recordAuditEvent(transaction, {
    ...event,
    actor: SYSTEM,
    status: event.outcome === 'succeeded' ? 200 : 500,
    target: { kind: targetKind, id: targetId, name: targetName },
    requestId: id,
    operationId: id,
  });
}
