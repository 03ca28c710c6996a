import type { Dependencies } from '../core/dependencies.ts';
import { endIdleGrant, endWriting } from '../core/services/grant-ends.ts';
import type { JobsDatabase } from '../core/store/jobs-database.ts';
import { forEachDue } from './for-each-due.ts';

export type GrantKeepingActivities = ReturnType<typeof createGrantKeepingActivities>;

/** What the workflows `endTimedWriting` and `keepGrants` do. Whatever is found due is looked at again under a lock before it is changed. */
export function createGrantKeepingActivities({
  database,
  jobs,
}: Pick<Dependencies, 'database'> & { jobs: JobsDatabase }) {
  return {
    async endTimedWriting(): Promise<void> {
      await forEachDue(await jobs.grantsPastWriting(), ({ id, organizationId }) =>
        database.inOrganization(organizationId, (transaction) => endWriting(transaction, id)),
      );
    },
    async endIdleGrants(): Promise<void> {
      await forEachDue(await jobs.idleGrants(), ({ id, organizationId }) =>
        database.inOrganization(organizationId, (transaction) => endIdleGrant(transaction, id)),
      );
    },
    forgetUnusedClients: (): Promise<void> => jobs.forgetUnusedClients(),
  };
}
