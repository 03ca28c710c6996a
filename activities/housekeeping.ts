import type { Client } from '@temporalio/client';
import type { Dependencies } from '../core/dependencies.ts';
import { recordSystemEvent } from '../core/services/audit.ts';
import type { OrganizationTransaction } from '../core/store/database.ts';
import type { JobsDatabase } from '../core/store/jobs-database.ts';
import { createAgentActivities } from './agents.ts';
import { forEachDue } from './for-each-due.ts';
import { settleAbandonedOperation, settleAcceptedOperation } from './settle-accepted-operation.ts';

export interface HousekeepingDependencies extends Pick<Dependencies, 'database' | 'workflows'> {
  jobs: JobsDatabase;
  client: Client;
}

export type HousekeepingActivities = ReturnType<typeof createHousekeepingActivities>;

/** What the workflow `keepHouse` does. Whatever is found due is looked at again under a lock before it is changed. */
export function createHousekeepingActivities({ database, workflows, jobs, client }: HousekeepingDependencies) {
  const { purgeAgent } = createAgentActivities({ database });
  return {
    /** Also those of which nothing was heard since; the name stands in histories. */
    async settleAcceptedOperations(): Promise<void> {
      await forEachDue(await jobs.staleAcceptedOperations(), (operation) =>
        settleAcceptedOperation({ database, workflows }, client, operation),
      );
      await forEachDue(await jobs.quietOperations(), (operation) =>
        settleAbandonedOperation({ database, workflows }, client, operation),
      );
    },

    async destroyUnrevealedKeys(): Promise<void> {
      await forEachDue(await jobs.unrevealedKeys(), ({ id, organizationId }) =>
        database.inOrganization(organizationId, (transaction) => destroyUnrevealedKey(transaction, id)),
      );
    },

    /** Also agents whose workflow, which should have done it, was terminated or is lost; the name stands in histories. */
    async purgeDeletedCredentials(): Promise<void> {
      await forEachDue(await jobs.purgeableCredentials(), ({ id, organizationId }) =>
        database.inOrganization(organizationId, (transaction) => purgeCredential(transaction, id)),
      );
      await forEachDue(await jobs.agentsLeftDeleted(), ({ id, organizationId, operationId }) =>
        purgeAgent({ organizationId, agentId: id, operationId }),
      );
    },

    deleteExpired: (): Promise<void> => jobs.deleteExpired(),
  };
}

/** The value was never seen, so nobody can use it; the key is revoked with it. */
async function destroyUnrevealedKey(transaction: OrganizationTransaction, id: string): Promise<void> {
  await transaction.$queryRaw`SELECT id FROM agent_key WHERE id = ${id}::uuid FOR UPDATE`;
  const agentKey = await transaction.agentKey.findFirst({ where: { id, sealed: { not: null } } });
  if (agentKey === null) return;
  const now = new Date();
  await transaction.agentKey.update({
    where: { id },
    data: { sealed: null, wrappedKey: null, wrapKeyId: null, revokedAt: agentKey.revokedAt ?? now },
  });
  await transaction.oneTimeLink.updateMany({
    where: { agentKeyId: id, usedAt: null, endedAt: null },
    data: { endedAt: now },
  });
  const target = { kind: 'agent_key', id, name: agentKey.name };
  await recordSystemEvent(transaction, { action: 'destroy_unrevealed_key', target });
}

/** Invariant 8: only after its seven days. The row stays as a tombstone, because logs and audit keep its name. */
async function purgeCredential(transaction: OrganizationTransaction, id: string): Promise<void> {
  await transaction.$queryRaw`SELECT id FROM credential WHERE id = ${id}::uuid FOR UPDATE`;
  const credential = await transaction.credential.findFirst({
    where: { id, deletedAt: { not: null }, purgedAt: null, restorableUntil: { lt: new Date() } },
  });
  if (credential === null) return;
  await transaction.credentialVersion.deleteMany({ where: { credentialId: id } });
  await transaction.credentialLink.deleteMany({ where: { credentialId: id } });
  await transaction.oneTimeLink.deleteMany({ where: { credentialId: id } });
  await transaction.credential.update({ where: { id }, data: { purgedAt: new Date() } });
  const target = { kind: 'credential', id, name: credential.name };
  await recordSystemEvent(transaction, { action: 'purge_credential', target });
}
