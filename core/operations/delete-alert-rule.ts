import { z } from 'zod';
import { RESTORABLE_DAYS } from '../domain/long-running.ts';
import { DAY_MS } from '../domain/times.ts';
import { endAlertsOfRule } from '../services/alert-changes.ts';
import { describeAlertRule, findAlertRule, lockAlertRules } from '../services/alert-rules.ts';
import { alertRuleView } from './alert-members.ts';
import { defineOperation } from './define-operation.ts';
import { dryRun, reference } from './members.ts';
import { wakeIncidents } from './wake-incidents.ts';

export const deleteAlertRule = defineOperation({
  name: 'delete_alert_rule',
  title: 'Delete an alert rule',
  kind: 'D',
  area: 'alerts',
  description: `Ends a rule and its open alerts. restore_alert_rule brings it back for ${RESTORABLE_DAYS} days.`,
  examples: [{ rule: 'Payments are silent' }],
  input: z.strictObject({ rule: reference, dry_run: dryRun }),
  output: z.object({ alert_rule: alertRuleView, dry_run: z.boolean(), would: z.array(z.string()) }),
  rest: { method: 'DELETE', path: '/alert-rules/{rule}' },
  async run(context, input) {
    const { transaction, auditTarget } = context;
    const found = await findAlertRule(transaction, input.rule);
    auditTarget({ kind: 'alert_rule', id: found.id, name: found.name });
    await lockAlertRules(transaction);
    const rule = await findAlertRule(transaction, found.id);
    const open = await transaction.alert.count({ where: { ruleId: rule.id, state: { not: 'resolved' } } });
    const alerts = open === 1 ? 'its open alert' : `its ${open} open alerts`;
    const would = [`end ${alerts}`, `keep the rule restorable for ${RESTORABLE_DAYS} days`];
    if (input.dry_run) return { alert_rule: await describeAlertRule(transaction, rule), dry_run: true, would };
    const now = Date.now();
    const ended = await endAlertsOfRule(transaction, rule.id, 'The rule was deleted.');
    const deleted = await transaction.alertRule.update({
      where: { id: rule.id },
      data: {
        deletedAt: new Date(now),
        restorableUntil: new Date(now + RESTORABLE_DAYS * DAY_MS),
        version: { increment: 1 },
        updatedAt: new Date(now),
      },
    });
    wakeIncidents(context, ended);
    return { alert_rule: await describeAlertRule(transaction, deleted), dry_run: false, would };
  },
});
