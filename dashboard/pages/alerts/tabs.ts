import { paths } from '../../paths.ts';
import { alertsStrings } from '../../strings/alerts.ts';

/** The pages of alerts. */
export const ALERT_TABS = [
  { label: alertsStrings.tabs.incidents, to: paths.alerts },
  { label: alertsStrings.tabs.rules, to: paths.alertRules },
] as const;
