import { heartbeat } from '@temporalio/activity';
import { DAY_MS, HOUR_MS } from '../core/domain/times.ts';
import { readPlan } from '../core/services/plans.ts';
import { giveUsageNotices } from '../core/services/usage-notices.ts';
import { reconcileCounter, reconcileDay, reconcileHour } from '../core/services/usage-reconciliation.ts';
import type { JobsDatabase } from '../core/store/jobs-database.ts';
import { attemptDeliveries, type DeliveringDependencies } from './alert-deliveries.ts';
import { forEachDue } from './for-each-due.ts';

type UsageDependencies = DeliveringDependencies & { jobs: JobsDatabase };

export type UsageActivities = ReturnType<typeof createUsageActivities>;

/** What the workflows `watchUsage` and `reconcileUsage` do; each may be done again at any time. */
export function createUsageActivities(dependencies: UsageDependencies) {
  const { database, jobs } = dependencies;
  return {
    async tellOfLimits(): Promise<void> {
      await forEachDue(await jobs.organizationsWithLimits(), ({ id }) => tellOfLimits(dependencies, id));
    },

    /** @param day in UTC, such as `2026-11-25` */
    async reconcileDay(day: string): Promise<void> {
      const from = Date.parse(day);
      const organizations = (await jobs.organizationIds()).map((id) => ({ id }));
      await forEachDue(organizations, async ({ id: organizationId }) => {
        const { retention_days } = await database.inOrganization(organizationId, readPlan);
        // What is no longer kept whole cannot be recounted.
        const keptFrom = Date.now() - retention_days * DAY_MS + HOUR_MS;
        for (let hour = from; hour < from + DAY_MS; hour += HOUR_MS) {
          heartbeat();
          if (hour < keptFrom) continue;
          await database.inOrganization(organizationId, (transaction) => reconcileHour(transaction, hour));
        }
        await database.inOrganization(organizationId, (transaction) => reconcileDay(transaction, new Date(from)));
        await database.inOrganization(organizationId, (transaction) =>
          reconcileCounter(transaction, day.slice(0, 7), Date.now()),
        );
      });
    },
  };
}

async function tellOfLimits(dependencies: UsageDependencies, organizationId: string): Promise<void> {
  const planned = await dependencies.database.inOrganization(organizationId, (transaction) =>
    giveUsageNotices(transaction, dependencies, dependencies.now()),
  );
  await attemptDeliveries(dependencies, planned);
}
