import type { Dependencies } from '../core/dependencies.ts';
import type { AlertIncident, AlertLook, AlertShard } from '../core/domain/alert-workflow.ts';
import { lookAtAlert } from '../core/services/alert-incidents.ts';
import type { JobsDatabase } from '../core/store/jobs-database.ts';
import { forEachDue } from './for-each-due.ts';
import { heartbeating } from './heartbeating.ts';

interface AlertDependencies extends Pick<Dependencies, 'config' | 'database' | 'workflows'> {
  jobs: JobsDatabase;
  /** Milliseconds since the epoch. */
  now: () => number;
}

export type AlertActivities = ReturnType<typeof createAlertActivities>;

/** What the workflows `evaluateAlertRules` and `alertIncident` do; each may be done again at any time. */
export function createAlertActivities({ config, database, workflows, jobs, now }: AlertDependencies) {
  return heartbeating({
    evaluateRules: (shard: AlertShard): Promise<void> => jobs.alerts.evaluateRules(shard, now()),

    /** Wakes the workflows of alerts that changed; one that is lost is found again in a minute. */
    async wakeIncidents(shard: AlertShard): Promise<void> {
      const due = await jobs.alerts.incidentsToTell(shard, now());
      await forEachDue(due, ({ id: alertId, organizationId }) =>
        workflows.wakeAlertIncident({ organizationId, alertId }),
      );
    },

    lookAtAlert: ({ organizationId, alertId, told }: AlertIncident & { told: number | null }): Promise<AlertLook> =>
      database.inOrganization(organizationId, (transaction) => lookAtAlert(transaction, config, alertId, told, now())),
  });
}
