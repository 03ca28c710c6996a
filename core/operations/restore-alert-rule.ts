import { z } from 'zod';
import { nameConflict } from '../services/agents.ts';
import {
  describeAlertRule,
  evaluatedFromNow,
  findDeletedAlertRule,
  lockAlertRules,
  requireRoomForRule,
} from '../services/alert-rules.ts';
import { alertRuleView, ruleName } from './alert-members.ts';
import { defineOperation } from './define-operation.ts';
import { reference } from './members.ts';

export const restoreAlertRule = defineOperation({
  name: 'restore_alert_rule',
  title: 'Restore a deleted alert rule',
  kind: 'W',
  area: 'alerts',
  description: 'Brings back a rule deleted within 7 days. It watches from now on.',
  examples: [{ rule: 'Payments are silent' }],
  input: z.strictObject({
    rule: reference.describe('Its ID, or the name that it had.'),
    new_name: ruleName.optional().describe('Needed when the old name is taken by now.'),
  }),
  output: z.object({ alert_rule: alertRuleView }),
  rest: { method: 'POST', path: '/alert-rules/{rule}/restore' },
  async run({ transaction, auditTarget }, input) {
    const found = await findDeletedAlertRule(transaction, input.rule);
    auditTarget({ kind: 'alert_rule', id: found.id, name: found.name });
    await lockAlertRules(transaction);
    const rule = await findDeletedAlertRule(transaction, found.id);
    await requireRoomForRule(transaction);
    const restoredName = input.new_name ?? rule.name;
    const restored = await nameConflict(
      'an alert rule',
      restoredName,
      transaction.alertRule.update({
        where: { id: rule.id },
        data: {
          name: restoredName,
          deletedAt: null,
          restorableUntil: null,
          evaluatedFrom: evaluatedFromNow(),
          version: { increment: 1 },
          updatedAt: new Date(),
        },
      }),
      'Give new_name to restore it under another name.',
    );
    return { alert_rule: await describeAlertRule(transaction, restored) };
  },
});
