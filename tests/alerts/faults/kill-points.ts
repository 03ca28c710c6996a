import type { KillPoint } from '../../servers/killing-at.ts';

/** A worker is killed before and after each of these does its work. */
const ACTIVITIES = ['evaluateRules', 'wakeIncidents', 'lookAtAlert', 'deliverAlertNotification'] as const;

export const killPoints: KillPoint[] = ACTIVITIES.flatMap((activity) => [
  `${activity}:before` as const,
  `${activity}:after` as const,
]);

export const NOTHING_WRONG = { wrongAlerts: 0, lost: 0, doubled: 0, doublePosts: 0, outOfOrder: 0 };
