import type { AlertSeverity } from './alert-notification.ts';
import { HOUR_MS } from './times.ts';

const REMIND_AFTER_HOURS: Record<AlertSeverity, number> = { critical: 1, warning: 4, info: 24 };

/** When an alert that nobody acknowledges is told of again; milliseconds since the epoch. */
export function nextReminder(severity: AlertSeverity, now: number): number {
  return now + REMIND_AFTER_HOURS[severity] * HOUR_MS;
}
