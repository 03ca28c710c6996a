import { acknowledgeAlert } from './acknowledge-alert.ts';
import { createAlertRule } from './create-alert-rule.ts';
import { deleteAlertRule } from './delete-alert-rule.ts';
import { listAlertRules } from './list-alert-rules.ts';
import { listAlerts } from './list-alerts.ts';
import { restoreAlertRule } from './restore-alert-rule.ts';
import { testAlertRule } from './test-alert-rule.ts';
import { updateAlertRule } from './update-alert-rule.ts';

export const alertOperations = [
  listAlerts,
  acknowledgeAlert,
  listAlertRules,
  createAlertRule,
  updateAlertRule,
  testAlertRule,
  deleteAlertRule,
  restoreAlertRule,
] as const;
