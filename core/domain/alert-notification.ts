export const ALERT_SEVERITIES = ['info', 'warning', 'critical'] as const;
export type AlertSeverity = (typeof ALERT_SEVERITIES)[number];

export const ALERT_STATES = ['firing', 'acknowledged', 'resolved'] as const;
export type AlertState = (typeof ALERT_STATES)[number];

/** What an alert tells of: each of its states, and that nobody has acknowledged it yet. */
export const ALERT_CHANGES = [...ALERT_STATES, 'still_firing'] as const;
export type AlertChange = (typeof ALERT_CHANGES)[number];

/** How many of an alert's agents a notification names. */
export const NAMED_AGENTS = 20;

/** What one change of an alert tells those who are to know. No secret; names are what people and apps wrote. */
export interface AlertNotification {
  organizationId: string;
  alertId: string;
  change: AlertChange;
  /** Of the alert's changes, from 1: with the alert's ID it names this notification for ever. */
  sequence: number;
  /** `rule`, or of which kind a notice of the system is: `credential_expires` … */
  kind: string;
  severity: AlertSeverity;
  /** The rule's name; of a notice, its title. */
  name: string;
  /** The rule's condition in words, such as `error rate above 5 % for 10 minutes`; of a notice, its text. */
  metric: string;
  /** Names of the agents, at most `NAMED_AGENTS` of them; none for a notice that is about no agent. */
  agents: string[];
  agentCount: number;
  /** The metric's value at this change, in its own unit; of several agents the worst. Null: there is none. */
  value: number | null;
  threshold: number | null;
  /** When the condition began to hold, RFC 3339. */
  since: string;
  /** When this change was, RFC 3339. */
  at: string;
  /** Who acknowledged it; of a resolved one, why it ended. Null: there is nothing to say. */
  note: string | null;
  /** Its page on the dashboard. */
  url: string;
}

/** What the workflow `alertIncident` has done about a notification; activities/alert-deliveries.ts does it. */
export interface AlertDeliveryActivities {
  /**
   * Records one delivery for each (alert, sequence, channel), and makes each at most once however often this is called.
   * @param channelIds null: the default, an e-mail to the admins (without SMTP_URL the dashboard alone)
   */
  deliverAlertNotification(notification: AlertNotification, channelIds: string[] | null): Promise<void>;
}
