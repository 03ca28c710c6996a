import type { AlertNotification } from './alert-notification.ts';

/** The incident that a workflow tells of: IDs, never content. */
export interface AlertIncident {
  organizationId: string;
  alertId: string;
}

/** The workflow's type. */
export const ALERT_INCIDENT_WORKFLOW = 'alertIncident';

/** One workflow an alert at a time; what is left to tell of one that has ended is told by another of the same ID. */
export function alertIncidentWorkflowId({ alertId }: Pick<AlertIncident, 'alertId'>): string {
  return `alert-incident/${alertId}`;
}

/** One of the parts that organizations are divided into, from 0: each has its schedule. */
export interface AlertShard {
  shard: number;
  shards: number;
}

/** The schedule's ID, and that of its workflow. */
export function alertEvaluationId({ shard }: Pick<AlertShard, 'shard'>): string {
  return `alert-evaluation/${shard}`;
}

/** What the workflow is to do next, as the alert's row tells. */
export type AlertLook =
  | { outcome: 'tell'; notification: AlertNotification; channelIds: string[] | null }
  /** @param seconds until the alert is told of again; null: never, unless it changes */
  | { outcome: 'rest'; seconds: number | null }
  | { outcome: 'ended' };
